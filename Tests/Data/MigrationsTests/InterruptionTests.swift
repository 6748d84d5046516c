import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import TestSupport
import Testing

/// Runs that stop in the middle, and runs beside each other.
@Suite struct InterruptionTests {
  private static let things = TableDefinition(
    name: "things", owner: nil,
    columns: [
      ColumnDefinition(name: "id", type: .bigint, isIdentity: true),
      ColumnDefinition(name: "note", type: .text, isNullable: true),
    ])
  private static let create = Migration(
    version: 1, name: "things", up: [.createTable(things)], down: [.dropTable("things")])

  private static func filling(_ changes: [SchemaChange]) -> Migration {
    Migration(
      version: 2, name: "fill",
      up: [
        .backfill(Backfill(table: "things", set: "note = 'x' || id", where: "note IS NULL", batchRows: 10))
      ]
        + changes, down: [.data(["UPDATE things SET note = NULL"])])
  }

  private func withThings(
    _ engine: TestEngine, _ body: (Database) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        try await MigrationEngine(database, migrations: [Self.create]).up()
        for _ in 0..<50 {
          _ = try await database.unsafeQuery(unsafeSQL: "INSERT INTO things (note) VALUES (NULL)")
        }
        try await body(database)
      }
    }
  }

  private func filled(_ database: Database) async throws -> Int64 {
    try await database.unsafeQuery(unsafeSQL: "SELECT count(*) FROM things WHERE note = 'x' || id").integer(
      0, 0)
  }

  @Test func `a backfill ends on a table that grows as fast as it fills the rows`() async throws {
    try await withThings(.sqlite) { database in
      _ = try await database.unsafeQuery(
        unsafeSQL: """
          CREATE TRIGGER grows AFTER UPDATE ON things BEGIN INSERT INTO things (note) VALUES (NULL); END
          """)
      try await MigrationEngine(database, migrations: [Self.create, Self.filling([])]).up()
      let count = try await database.unsafeQuery(unsafeSQL: "SELECT count(*) FROM things").integer(0, 0)
      #expect(count == 150)
      #expect(try await filled(database) == 100, "also those that had arrived when it reached its first end")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a backfill that was stopped goes on behind its last batch`(engine: TestEngine) async throws {
    try await withThings(engine) { database in
      let cancellation = MigrationCancellation()
      let stopped = MigrationEngine(
        database, migrations: [Self.create, Self.filling([])], cancellation: cancellation)
      let error = await #expect(throws: MigrationError.self) {
        try await stopped.up { if case .backfilled = $0 { cancellation.request() } }
      }
      #expect(
        "\(String(describing: error))".contains("the finished batches stay"), "\(String(describing: error))")
      #expect(try await filled(database) == 10)
      let migrations = MigrationEngine(database, migrations: [Self.create, Self.filling([])])
      #expect(try await migrations.status().current == 1)
      let reports = Reports()
      let steps = try await migrations.up { reports.add($0) }
      #expect(steps.count == 1)
      #expect(try await filled(database) == 50)
      let batches = reports.all.compactMap {
        if case .backfilled(_, _, let reached, 50) = $0 { reached } else { nil }
      }
      #expect(batches == [20, 30, 40, 50])
      guard case .resumed(_, part: 1, of: 1)? = reports.all.first else {
        Issue.record("the run did not report that it resumed: \(reports.all)")
        return
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a stop before the first statement of a step leaves nothing of it`(engine: TestEngine) async throws {
    try await withThings(engine) { database in
      let cancellation = MigrationCancellation()
      let stopped = MigrationEngine(
        database, migrations: [Self.create, Self.noting], cancellation: cancellation)
      await #expect(throws: MigrationError.cancelled) {
        try await stopped.up { if case .started = $0 { cancellation.request() } }
      }
      #expect(try await stopped.status().current == 1)
      let notes = try await database.unsafeQuery(
        unsafeSQL: "SELECT count(*) FROM things WHERE note IS NOT NULL")
      #expect(try notes.integer(0, 0) == 0)
    }
  }

  private static let noting = Migration(
    version: 2, name: "note", up: [.data(["UPDATE things SET note = 'x'"])], down: [.data([])])

  @Test func `a run whose session lost the lock of migrations stops between two batches`() async throws {
    try await withThings(.postgresql) { database in
      let slow = Migration(
        version: 2, name: "fill",
        up: [
          .backfill(
            Backfill(table: "things", set: "note = 'x' || id", batchRows: 1, pauseMilliseconds: 200))
        ], down: [.data([])])
      let reports = Reports()
      let run = Task {
        try await MigrationEngine(database, migrations: [Self.create, slow]).up { reports.add($0) }
      }
      try await eventually("a batch is done") {
        reports.all.contains { if case .backfilled = $0 { true } else { false } }
      }
      _ = try await database.unsafeQuery(
        unsafeSQL: """
          SELECT pg_terminate_backend(pid) FROM pg_locks
          WHERE relation = 'schema_migrations'::regclass AND mode = 'ShareUpdateExclusiveLock'
          """)
      await #expect(throws: MigrationError.self) { try await run.value }
      #expect(try await filled(database) < 50, "the run went on without the lock")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a half-done step stops every other one, and a stamp forgets it`(engine: TestEngine) async throws {
    try await withThings(engine) { database in
      let failing = MigrationEngine(
        database, migrations: [Self.create, Self.filling([.data(["NO SUCH STATEMENT"])])])
      await #expect(throws: MigrationError.self) { try await failing.up() }
      #expect(try await filled(database) == 50, "the batches stay")
      let changed = MigrationEngine(database, migrations: [Self.create, Self.filling([])])
      for attempt in [{ try await changed.up() }, { try await changed.down() }] {
        let error = await #expect(throws: MigrationError.self) { try await attempt() }
        #expect("\(String(describing: error))".contains("version 2 is half done"))
      }
      try await changed.stamp(1)
      #expect(try await changed.up().count == 1)
    }
  }

  private static let index = Migration(
    version: 2, name: "index",
    up: [.createIndex(IndexDefinition(["note"], isUnique: true), table: "things")],
    down: [.dropIndex(IndexDefinition(["note"], isUnique: true), table: "things")])

  @Test func `an index of the same name from another hand is never taken for the step's own`() async throws {
    try await withThings(.postgresql) { database in
      _ = try await database.unsafeQuery(unsafeSQL: "CREATE INDEX things_note_idx ON things (id)")
      let migrations = MigrationEngine(database, migrations: [Self.create, Self.index])
      for _ in 0..<2 {
        let error = await #expect(throws: MigrationError.self) { try await migrations.up() }
        #expect("\(String(describing: error))".contains("the index things_note_idx exists already"))
      }
      _ = try await database.unsafeQuery(unsafeSQL: "DROP INDEX things_note_idx")
      #expect(try await migrations.up().count == 1)
    }
  }

  @Test func `an index that an interrupted build left is dropped and built again`() async throws {
    try await withThings(.postgresql) { database in
      _ = try await database.unsafeQuery(unsafeSQL: "UPDATE things SET note = 'same'")
      let migrations = MigrationEngine(database, migrations: [Self.create, Self.index])
      let error = await #expect(throws: MigrationError.self) { try await migrations.up() }
      let text = "\(String(describing: error))"
      #expect(text.contains("the index things_note_idx stays behind, not valid"), "\(text)")
      let state = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'things_note_idx'::regclass"
      #expect(try await database.unsafeQuery(unsafeSQL: state).boolean(0, 0) == false)
      _ = try await database.unsafeQuery(unsafeSQL: "UPDATE things SET note = 'x' || id")
      #expect(try await migrations.up().count == 1)
      #expect(try await database.unsafeQuery(unsafeSQL: state).boolean(0, 0))
      #expect(try await migrations.down().count == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `five runs at once beside a writer all end, and each step is applied once`(engine: TestEngine)
    async throws
  {
    try await TestDatabase.with(engine) { test in
      let reports = Reports()
      try await DriverSession.with(test.driver, on: test.loop) { writer in
        _ = try await writer.execute(test.driver.dialect.begin(.readWrite))
        try await writer.run("CREATE TABLE of_the_writer (id integer)")
        try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<5 {
            group.addTask {
              try await test.withPool { try await MigrationEngine($0).up { reports.add($0) }.count }
            }
          }
          if !engine.hasServer {
            try await eventually("a run waits for the writer") {
              reports.all.contains { if case .waitingForLock = $0 { true } else { false } }
            }
          }
          _ = try await writer.execute(test.driver.dialect.commit)
          var applied = 0
          for try await count in group { applied += count }
          #expect(applied == Schema.currentVersion)
        }
      }
      let finished = reports.all.count { if case .finished = $0 { true } else { false } }
      #expect(finished == Schema.currentVersion)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a baseline needs the version's tables and no record`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        let migrations = MigrationEngine(database)
        let error = await #expect(throws: MigrationError.self) { try await migrations.baseline(1) }
        guard case .missing(1, let objects) = error else {
          Issue.record("an unexpected error: \(String(describing: error))")
          return
        }
        #expect(objects.contains("table users"))
        try await migrations.up()
        await #expect(throws: MigrationError.recorded(version: Schema.currentVersion)) {
          try await migrations.baseline(1)
        }
        _ = try await database.unsafeQuery(unsafeSQL: "DROP TABLE schema_migrations")
        try await migrations.baseline(Schema.currentVersion)
        #expect(try await migrations.check())
      }
    }
  }
}

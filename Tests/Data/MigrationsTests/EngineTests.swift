import DataAccess
import DatabaseTestSupport
import Migrations
import SQLiteDriver
import Schema
import TestSupport
import Testing

/// The migration engine on real databases: each body runs on every database engine.
@Suite struct EngineTests {
  private func withEngine(
    _ engine: TestEngine, _ migrations: [Migration] = Migration.all,
    _ body: (Database, MigrationEngine) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        try await body(
          database,
          MigrationEngine(
            database, migrations: migrations, waits: LockLimits(totalMilliseconds: 500)))
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an empty database is migrated to the newest version, and a second run does nothing`(
    engine: TestEngine
  ) async throws {
    try await withEngine(engine) { database, migrations in
      let before = try await migrations.status()
      #expect(before.current == 0)
      #expect(before.entries.allSatisfy { $0.state == .pending })
      let steps = try await migrations.up()
      #expect(steps.map(\.migration.version) == Array(1...Schema.currentVersion))
      let version = try await database.schemaVersion()
      #expect(version == Schema.currentVersion)
      let isInOrder = try await migrations.check()
      #expect(isInOrder)
      let again = try await migrations.up()
      #expect(again.isEmpty)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a row inserted with defaults is read back with its types`(engine: TestEngine) async throws {
    try await withEngine(engine) { database, migrations in
      try await migrations.up()
      let id = try await database.insert(
        Users.insert(\.email <- "a@example.com", \.password <- "x", \.fsUniquifier <- "u"), returning: \.id)
      let user = try await database.first(
        Users.select(\.active, \.role, \.confirmedAt, \.createdAt).where(\.id == id)
      ) { active, role, confirmed, created in (active, role, confirmed, created) }
      let found = try #require(user)
      #expect(found.0 && found.1 == "member" && found.2 == nil)
      #expect(found.3 > Timestamp(secondsSinceEpoch: 1_700_000_000))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `the losses of a run down are its dropped tables and columns, with the rows that have data`(
    engine: TestEngine
  ) async throws {
    try await withEngine(engine) { database, migrations in
      try await migrations.up()
      let user = try await database.insert(
        Users.insert(\.email <- "a@example.com", \.password <- "x", \.fsUniquifier <- "u"), returning: \.id)
      try await database.run(
        UserTokens.insert(
          \.userID <- user, \.purpose <- "email", \.tokenHash <- String(repeating: "a", count: 64),
          \.email <- "a@example.com", \.expiresAt <- Timestamp(secondsSinceEpoch: 1_700_000_000)))
      let losses = try await migrations.losses(to: 10)
      #expect(losses.contains(MigrationLoss(table: "user_tokens", rowCount: 1)))
      #expect(losses.contains(MigrationLoss(table: "audit_log", rowCount: 0)))
      #expect(losses.contains(MigrationLoss(table: "sessions", column: "refresh_hash", rowCount: 0)))
      #expect(try await migrations.losses(to: Schema.currentVersion) == [])
      #expect(try await migrations.status().current == Schema.currentVersion)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `migrating down empties the database, and up restores it`(engine: TestEngine) async throws {
    try await withEngine(engine) { database, migrations in
      try await migrations.up()
      let one = try await migrations.down()
      #expect(one.map(\.migration.version) == [Schema.currentVersion])
      try await migrations.down(to: 0)
      let status = try await migrations.status()
      #expect(status.current == 0)
      await #expect(throws: DatabaseError.self) { try await database.count(Users.count()) }
      try await migrations.up()
      let count = try await database.count(Users.count())
      #expect(count == 0)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a step that fails leaves no record, and its changes only where no rollback undoes them`(
    engine: TestEngine
  ) async throws {
    let good = Migration(version: 1, name: "good", up: [.createTable(Self.table("first"))], down: [])
    let bad = Migration(
      version: 2, name: "bad", up: [.createTable(Self.table("second")), .data(["NO SUCH STATEMENT"])],
      down: [])
    try await withEngine(engine, [good, bad]) { database, migrations in
      let error = await #expect(throws: MigrationError.self) { try await migrations.up() }
      guard case .stepFailed(2, "bad", _, _) = error else {
        Issue.record("an unexpected error: \(String(describing: error))")
        return
      }
      let status = try await migrations.status()
      #expect(status.current == 1)
      let keepsChanges = !database.dialect.hasTransactionalDDL
      for (name, isThere) in [("first", true), ("second", keepsChanges)] {
        let found = try await database.execute(
          Query(
            sql: database.dialect.tableExists, bindings: [.text(name)], operation: Operation(.other)))
        #expect((found.rowCount == 1) == isThere, "\(name)")
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a changed migration stops every run and is named`(engine: TestEngine) async throws {
    let step = Migration(version: 1, name: "step", up: [.createTable(Self.table("t"))], down: [])
    let changed = Migration(version: 1, name: "step", up: [.createTable(Self.table("u"))], down: [])
    try await withEngine(engine, [step]) { database, migrations in
      try await migrations.up()
      let later = MigrationEngine(database, migrations: [changed])
      await #expect(throws: MigrationError.plan(.checksumChanged(version: 1, name: "step"))) {
        try await later.up()
      }
      let status = try await later.status()
      #expect(!status.isInOrder)
      #expect(status.problem == .checksumChanged(version: 1, name: "step"))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `stamping records versions and runs nothing`(engine: TestEngine) async throws {
    try await withEngine(engine) { database, migrations in
      try await migrations.stamp(3)
      let version = try await database.schemaVersion()
      #expect(version == 3)
      await #expect(throws: DatabaseError.self) { try await database.count(Users.count()) }
      try await migrations.stamp(0)
      let status = try await migrations.status()
      #expect(status.current == 0)
      await #expect(throws: MigrationError.self) { try await migrations.stamp(99) }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `stamping fails when a newer program recorded a version`(engine: TestEngine) async throws {
    try await withEngine(engine) { database, migrations in
      let newest = try #require(Migration.all.last)
      try await migrations.stamp(newest.version)
      let older = MigrationEngine(database, migrations: Array(Migration.all.dropLast()))
      let refusal = MigrationError.plan(.unknownApplied(version: newest.version, name: newest.name))
      await #expect(throws: refusal) { try await older.stamp(1) }
      let version = try await database.schemaVersion()
      #expect(version == newest.version)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `two concurrent runs apply each step once`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        let migrations = MigrationEngine(database)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for _ in 0..<2 { group.addTask { try await migrations.up() } }
          try await group.waitForAll()
        }
        let isInOrder = try await migrations.check()
        #expect(isInOrder)
      }
    }
  }

  /// Each run opens the file by itself, as five processes would. The writer holds it for longer than one statement waits.
  @Test func `five runs at once on a file that a writer holds apply each step once`() async throws {
    try await TestDatabase.with(.sqlite) { test in
      try await DriverSession.with(test.driver, on: test.loop) { writer in
        _ = try await writer.execute(test.driver.dialect.begin(.readWrite))
        let reports = Reports()
        let runs = Task {
          try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<5 {
              group.addTask {
                let driver = SQLiteDriver.unrestricted(configuration: test.configuration)
                return try await test.withPool(.patient(3), driver: driver) { database in
                  try await MigrationEngine(database).up { reports.add($0) }.count
                }
              }
            }
            return try await group.reduce(0, +)
          }
        }
        try await eventually("every run waits for the writer") {
          reports.all.count { if case .waitingForLock = $0 { true } else { false } } == 5
        }
        try await writer.run("COMMIT")
        #expect(try await runs.value == Schema.currentVersion)
      }
    }
  }

  private static func table(_ name: String) -> TableDefinition {
    TableDefinition(
      name: name, owner: nil, columns: [ColumnDefinition(name: "id", type: .bigint, isIdentity: true)])
  }
}

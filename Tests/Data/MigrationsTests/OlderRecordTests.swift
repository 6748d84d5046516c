import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import TestSupport
import Testing

/// The record of migrations of an older tool, which did not state which programs are compatible with a step.
@Suite struct OlderRecordTests {
  private static let known = (1...3).map { version in
    Migration(
      version: version, name: "step_\(version)", oldestProgram: 1, up: [.createTable(table(version))],
      down: [.dropTable("t\(version)")])
  }

  /// A database at version 2 whose record has no column for the oldest program.
  private func withOlderRecord(
    _ engine: TestEngine, _ body: (Database, MigrationEngine) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        let migrations = MigrationEngine(
          database, migrations: Self.known, waits: LockLimits(totalMilliseconds: 20_000))
        try await migrations.up(to: 2)
        try await database.run("ALTER TABLE schema_migrations DROP COLUMN oldest_program")
        try await body(database, migrations)
      }
    }
  }

  private func oldestPrograms(_ database: Database) async throws -> [Int?] {
    try await database.all(SchemaMigrations.select(\.oldestProgram).orderBy(\.version)) { $0 }
  }

  @Test(arguments: TestEngine.drivers)
  func `the next run adds the missing column, and earlier steps count as breaking`(
    engine: TestEngine
  ) async throws {
    try await withOlderRecord(engine) { database, migrations in
      let steps = try await migrations.up()
      #expect(steps.map(\.migration.version) == [3])
      #expect(try await oldestPrograms(database) == [1, 2, 1])
      #expect(try await database.schemaState() == .applied(version: 3, oldestProgram: 2))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a run without steps adds the column too, and a second run changes nothing`(
    engine: TestEngine
  ) async throws {
    try await withOlderRecord(engine) { database, migrations in
      for _ in 0..<2 {
        try await migrations.up(to: 2)
        #expect(try await oldestPrograms(database) == [1, 2])
        #expect(try await migrations.status().recordsOldestPrograms)
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `steps down and stamps add the column too`(engine: TestEngine) async throws {
    try await withOlderRecord(engine) { database, migrations in
      try await migrations.down()
      #expect(try await oldestPrograms(database) == [1])
    }
    try await withOlderRecord(engine) { database, migrations in
      try await migrations.stamp(2)
      #expect(try await oldestPrograms(database) == [1, 1], "a stamp records the current value")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `status changes nothing, and reports that services would refuse the record`(engine: TestEngine)
    async throws
  {
    try await withOlderRecord(engine) { database, migrations in
      let newest = MigrationEngine(database, migrations: Array(Self.known.prefix(2)))
      let status = try await newest.status()
      #expect(status.current == 2 && status.problem == nil && !status.recordsOldestPrograms)
      #expect(try await newest.check() == false)
      #expect(try await database.schemaState() == .undeclared(version: 2))
      try await newest.up()
      #expect(try await newest.check())
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a step that an older tool records later counts as breaking`(engine: TestEngine) async throws {
    try await withOlderRecord(engine) { database, migrations in
      try await migrations.up(to: 2)
      let checksum = Self.known[2].checksum
      try await database.run(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (3, 'step_3', '\(checksum)')")
      #expect(try await database.schemaState() == .applied(version: 3, oldestProgram: 3))
      let status = try await MigrationEngine(database, migrations: Array(Self.known.prefix(2))).status()
      #expect(status.problem == .unknownApplied(version: 3, name: "step_3"))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `two concurrent runs add the column once`(engine: TestEngine) async throws {
    try await withOlderRecord(engine) { database, migrations in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 { group.addTask { try await migrations.up() } }
        try await group.waitForAll()
      }
      #expect(try await oldestPrograms(database) == [1, 2, 1])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an empty record, an older record and a missing one are distinguished`(engine: TestEngine) async throws
  {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        let error = await #expect(throws: DatabaseError.self) { try await database.schemaState() }
        #expect(error?.kind == .invalidStatement, "a missing table is an error")
        try await MigrationEngine(database, migrations: Self.known).stamp(0)
        #expect(try await database.schemaState() == .empty)
        try await database.run("ALTER TABLE schema_migrations DROP COLUMN oldest_program")
        #expect(try await database.schemaState() == .empty)
      }
    }
  }

  private static func table(_ number: Int) -> TableDefinition {
    TableDefinition(
      name: "t\(number)", owner: nil, columns: [ColumnDefinition(name: "id", type: .bigint, isIdentity: true)]
    )
  }
}

extension Database {
  /// Runs a statement outside the migrations.
  fileprivate func run(_ sql: String) async throws(DatabaseError) {
    _ = try await unsafeQuery(unsafeSQL: sql)
  }
}

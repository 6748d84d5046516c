import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

@testable import Migrations

/// Rows that a run down would drop, on real databases.
@Suite struct LossTests {
  private static let samples = TableDefinition(
    name: "samples", owner: nil,
    columns: [.identity, ColumnDefinition(name: "kind", type: .varchar(8), isNullable: true)])
  private static let create = Migration(
    version: 1, name: "samples", up: [.createTable(samples)], down: [.dropTable("samples")])
  private static let widen = Migration(
    version: 2, name: "widen",
    up: [.addColumn(ColumnDefinition(name: "note", type: .text, isNullable: true), table: "samples")],
    down: [.dropColumn("note", table: "samples")])

  private static let table = DroppedData(table: "samples")
  private static let column = DroppedData(table: "samples", column: "note")

  private func withSamples(
    _ engine: TestEngine, version: Int, _ body: (TestDatabase, Database, MigrationEngine) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        // One attempt waits for as long as the test: the writer commits within it.
        let waits = LockLimits(totalMilliseconds: 120_000, attemptMilliseconds: 120_000)
        let known = Array([Self.create, Self.widen].prefix(version))
        let migrations = MigrationEngine(database, migrations: known, waits: waits)
        try await migrations.up()
        try await body(test, database, migrations)
      }
    }
  }

  private func error(of body: () async throws -> Void) async -> String {
    do {
      try await body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  private func count(_ database: Database) async throws -> Int64 {
    try await database.unsafeQuery(unsafeSQL: "SELECT count(*) FROM samples").integer(0, 0)
  }

  @Test(arguments: TestEngine.servers, [1, 2])
  func `a row that is committed while a step down waits is not dropped`(
    engine: TestEngine, version: Int
  ) async throws {
    try await withSamples(engine, version: version) { test, database, migrations in
      let words = try #require(engine.words)
      let loss =
        version == 1 ? "drops table samples with 1 row" : "column samples.note, which has a value in 1 row"
      try await DriverSession.with(test.driver, on: test.loop) { writer in
        try await writer.run("BEGIN")
        try await writer.run(
          version == 1 ? "INSERT INTO samples (kind) VALUES ('a')" : "INSERT INTO samples (note) VALUES ('a')"
        )
        #expect(try await migrations.losses(to: 0).allSatisfy { $0.rowCount == 0 })
        let run = Task { await error { try await migrations.down() } }
        try await eventually("the step waits for the writer") {
          try await database.unsafeQuery(unsafeSQL: words.waitingForSamples).integer(0, 0) == 1
        }
        try await writer.run("COMMIT")
        let text = await run.value
        #expect(text.contains(loss) && text.contains("--yes"), "\(text)")
      }
      #expect(try await count(database) == 1)
      #expect(try await migrations.status().current == version)
      #expect(try await migrations.status().unfinished == nil)
      #expect(try await migrations.down(losing: .all).count == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a run down drops the rows whose loss is approved, and no others`(engine: TestEngine) async throws {
    try await withSamples(engine, version: 2) { _, database, migrations in
      _ = try await database.unsafeQuery(unsafeSQL: "INSERT INTO samples (note) VALUES ('a')")
      for approval in [LossApproval.none, .only([Self.table])] {
        let text = await error { try await migrations.down(to: 0, losing: approval) }
        #expect(text.contains("drops column samples.note, which has a value in 1 row"), "\(text)")
      }
      #expect(try await migrations.status().current == 2)
      let text = await error { try await migrations.down(to: 0, losing: .only([Self.column])) }
      #expect(text.contains("drops table samples with 1 row"), "\(text)")
      #expect(try await migrations.status().current == 1)
      #expect(try await count(database) == 1)
      #expect(try await migrations.down(to: 0, losing: .only([Self.table])).count == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a step down with statements of the engine's own drops no rows that it states as lost`(
    engine: TestEngine
  ) async throws {
    let drop = EngineSQL(
      Dictionary(
        uniqueKeysWithValues: ["postgresql", "mysql", "sqlite"].map { ($0, ["DROP TABLE samples"]) }),
      effects: [.dropTable("samples")])
    let own = Migration(
      version: 1, name: "samples", up: [.createTable(Self.samples)], down: [.engineSQL(drop)])
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(6)) { database in
        let migrations = MigrationEngine(database, migrations: [own])
        try await migrations.up()
        _ = try await database.unsafeQuery(unsafeSQL: "INSERT INTO samples (kind) VALUES ('a')")
        #expect(try await migrations.losses() == [MigrationLoss(table: "samples", rowCount: 1)])
        let text = await error { try await migrations.down() }
        #expect(text.contains("drops table samples with 1 row"), "\(text)")
        #expect(try await count(database) == 1)
        _ = try await database.unsafeQuery(unsafeSQL: "DELETE FROM samples")
        #expect(try await migrations.down().count == 1)
      }
    }
  }

  @Test(arguments: [true, false], [LossApproval.none, .all])
  func `a run that was cut off while a table was set aside goes on`(
    isAside: Bool, approval: LossApproval
  ) async throws {
    try await withSamples(.mariadb, version: 1) { _, database, migrations in
      let step = MigrationPlan.Step(Self.create, .down)
      let script = try #require(
        try StepScriptWriter(dialect: .mariaDB, known: [Self.create]).scripts(of: [step]).first)
      _ = try await database.unsafeQuery(unsafeSQL: "INSERT INTO samples (kind) VALUES ('a')")
      try await database.session { session throws(DatabaseError) in
        try await UnfinishedStep.prepareTable(session)
        try await UnfinishedStep(script, part: 0, hasBegun: true).write(session)
        if isAside {
          let aside = StepRunner.asideName("samples")
          _ = try await session.unsafeQuery(unsafeSQL: "RENAME TABLE samples TO \(aside)")
        }
      }
      let text = await error { try await migrations.down(losing: approval) }
      #expect(text.contains("drops table samples with 1 row") == (approval == .none), "\(text)")
      #expect(try await database.hasTable("samples") == (approval == .none))
      #expect(try await !database.hasTable(StepRunner.asideName("samples")))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a run down that ended before its first part keeps no other run from going on`(
    engine: TestEngine
  ) async throws {
    try await withSamples(engine, version: 1) { _, database, migrations in
      let step = MigrationPlan.Step(Self.create, .down)
      let script = try #require(
        try StepScriptWriter(dialect: engine.engine.dialect, known: [Self.create]).scripts(of: [step]).first)
      try await database.session { session throws(DatabaseError) in
        try await UnfinishedStep.prepareTable(session)
        try await UnfinishedStep(script, part: 0).write(session)
      }
      #expect(try await migrations.check())
      #expect(try await migrations.up() == [])
      let newer = MigrationEngine(database, migrations: [Self.create, Self.widen])
      #expect(try await newer.up().count == 1)
    }
  }
}

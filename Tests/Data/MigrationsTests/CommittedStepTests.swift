import DataAccess
import DatabaseTestSupport
import MariaDBDriver
import Schema
import TestSupport
import Testing

@testable import Migrations

/// Migrations on an engine whose statements on definitions commit by themselves, and whose lock is a committed claim.
@Suite struct CommittedStepTests {
  private static func table(_ name: String) -> TableDefinition {
    TableDefinition(
      name: name, owner: nil,
      columns: [.identity, ColumnDefinition(name: "kind", type: .varchar(8), isNullable: true)])
  }

  private static let create = Migration(
    version: 1, name: "things", up: [.createTable(table("things"))], down: [.dropTable("things")])
  private static let several = Migration(
    version: 2, name: "several",
    up: [
      .createTable(table("parts")), .createIndex(["kind"], table: "things"),
      .addColumn(ColumnDefinition(name: "note", type: .text, isNullable: true), table: "things"),
    ],
    down: [
      .dropColumn("note", table: "things"), .dropIndex(["kind"], table: "things"), .dropTable("parts"),
    ])

  private func withDatabase(_ body: (TestDatabase, Database) async throws -> Void) async throws {
    try await TestDatabase.with(.mariadb) { test in
      try await test.withPool(.patient(6)) { database in
        try await MigrationEngine(database, migrations: [Self.create]).up()
        try await body(test, database)
      }
    }
  }

  private func steps(_ script: [Migration]) throws -> StepScript {
    let steps = [MigrationPlan.Step(script[1], .up)]
    return try #require(try StepScriptWriter(dialect: .mariaDB, known: script).scripts(of: steps).first)
  }

  @Test func `a run that was cut off between a statement and its record goes on, whichever statement it was`()
    async throws
  {
    let migrations = [Self.create, Self.several]
    let script = try steps(migrations)
    #expect(script.parts.count == 3)
    for cut in script.parts.indices {
      try await withDatabase { _, database in
        try await database.session { session throws(DatabaseError) in
          try await UnfinishedStep.prepareTable(session)
          for part in script.parts[...cut] {
            for sql in part.statements { _ = try await session.unsafeQuery(unsafeSQL: sql) }
          }
          try await UnfinishedStep(script, part: cut, hasBegun: true).write(session)
        }
        let runner = MigrationEngine(database, migrations: migrations)
        #expect(try await runner.up().count == 1, "cut off behind part \(cut + 1)")
        #expect(try await runner.status().current == 2)
        #expect(try await runner.down().count == 1)
      }
    }
  }

  @Test func `a table of another hand is never taken for the step's own, also in the second run`()
    async throws
  {
    try await withDatabase { _, database in
      _ = try await database.unsafeQuery(unsafeSQL: "CREATE TABLE parts (id integer)")
      let runner = MigrationEngine(database, migrations: [Self.create, Self.several])
      for _ in 0..<2 {
        let error = await #expect(throws: MigrationError.self) { try await runner.up() }
        guard case .stepFailed(2, "several", let reason, _) = error else {
          Issue.record("an unexpected error: \(String(describing: error))")
          return
        }
        #expect(reason.nativeCode == "1050")
      }
      _ = try await database.unsafeQuery(unsafeSQL: "DROP TABLE parts")
      #expect(try await runner.up().count == 1)
    }
  }

  @Test func `a second run names the session of the first, and runs when that session has ended`()
    async throws
  {
    try await withDatabase { test, database in
      let claim = try Self.claim()
      let waits = LockLimits(totalMilliseconds: 300)
      let runner = MigrationEngine(database, migrations: [Self.create, Self.several], waits: waits)
      try await test.withPool { other in
        try await other.session { session throws(DatabaseError) in
          var observation = ClaimObservation(expiryMilliseconds: 0)
          try await MigrationClaimHolder(claim, session).take(&observation)
          let text = await Self.failure(of: runner)
          #expect(text.contains("the migration lock is held by ") && text.contains("(session "), "\(text)")
        }
      }
      // The claim's row is still there, and its session is gone.
      let rows = try await database.unsafeQuery(unsafeSQL: "SELECT count(*) FROM \(claim.table)")
      #expect(try rows.integer(0, 0) == 1)
      #expect(try await runner.up().count == 1)
    }
  }

  @Test func `a claim of another node counts until it was seen without a renewal, and its run then stops`()
    async throws
  {
    try await withDatabase { _, database in
      let claim = try Self.claim()
      let migrations = [Self.create, Self.several]
      try await database.session { session throws(DatabaseError) in
        let first = MigrationClaimHolder(claim, session)
        var observation = ClaimObservation(expiryMilliseconds: 0)
        try await first.take(&observation)
        // The clock of that node may be wrong by hours.
        for hours in [-2, 2] {
          _ = try await session.unsafeQuery(
            unsafeSQL: """
              UPDATE \(claim.table)
              SET server = 'other:3306', renewed_at = renewed_at + INTERVAL \(hours) HOUR
              """)
          let refusal = await Self.failure(
            of: MigrationEngine(
              database, migrations: migrations, waits: LockLimits(totalMilliseconds: 300)))
          #expect(refusal.contains("on other:3306"), "\(refusal)")
        }
        let success = await Self.failure(
          of: MigrationEngine(database, migrations: migrations, claimExpiryMilliseconds: 200))
        #expect(success == "")
        do throws(DatabaseError) {
          try await first.renew()
          Issue.record("a lost claim was renewed")
        } catch {
          #expect(error.detail?.contains("lost its claim") == true)
        }
      }
    }
  }

  @Test func `a claim expires by the clock of the run that watches it, and a renewal begins anew`() {
    var observation = ClaimObservation(expiryMilliseconds: 45_000)
    let second: UInt64 = 1_000_000_000
    let looks: [(String, String, UInt64)] = [
      ("a", "10:00:00", 0), ("a", "10:00:00", 44), ("a", "09:00:00", 50), ("b", "09:00:00", 96),
      ("b", "09:00:00", 140), ("b", "09:00:00", 141),
    ]
    let answers = looks.map { observation.hasExpired(token: $0, renewal: $1, now: $2 * second) }
    #expect(answers == [false, false, false, false, false, true])
  }

  @Test func `a reader in a transaction delays the step, is named, and the step runs when it has ended`()
    async throws
  {
    try await withDatabase { test, database in
      let runner = MigrationEngine(database, migrations: [Self.create, Self.several])
      let reports = Reports()
      try await DriverSession.with(test.driver, on: test.loop) { holder in
        try await holder.run("START TRANSACTION")
        try await holder.run("SELECT count(*) FROM things")
        let run = Task { try await runner.up { reports.add($0) } }
        try await eventually("an attempt fails") {
          reports.all.contains { if case .waitingForTables = $0 { true } else { false } }
        }
        try await holder.run("COMMIT")
        #expect(try await run.value.count == 1)
      }
      let holders = reports.all.compactMap {
        if case .waitingForTables(_, let holders, _) = $0 { holders } else { nil }
      }
      #expect(holders.first?.contains("table things is held by test-owner@127.0.0.1") == true, "\(holders)")
    }
  }

  @Test
  func `a step that waits in vain behind its first part says what stays, and the status shows the half`()
    async throws
  {
    try await withDatabase { test, database in
      let waits = LockLimits(totalMilliseconds: 500)
      let runner = MigrationEngine(database, migrations: [Self.create, Self.several], waits: waits)
      try await DriverSession.with(test.driver, on: test.loop) { holder in
        try await holder.run("START TRANSACTION")
        try await holder.run("SELECT count(*) FROM things")
        let error = await #expect(throws: MigrationError.self) { try await runner.up() }
        guard case .blocked(2, "several", _, let left?) = error else {
          Issue.record("an unexpected error: \(String(describing: error))")
          return
        }
        #expect(left.contains("part 2 of 3 got no lock, and the parts before it stay"), "\(left)")
        #expect(error.map { "\($0)" }?.contains("nothing of it stays") == false)
        let status = try await runner.status()
        #expect(status.current == 1 && status.unfinished?.version == 2 && status.unfinished?.part == 1)
        try await holder.run("COMMIT")
      }
      #expect(try await runner.up().count == 1)
      let status = try await runner.status()
      #expect(status.isInOrder && status.unfinished == nil)
    }
  }

  @Test func `a step down that is half done is not in order`() async throws {
    try await withDatabase { test, database in
      let migrations = [Self.create, Self.several]
      try await MigrationEngine(database, migrations: migrations).up()
      let runner = MigrationEngine(
        database, migrations: migrations, waits: LockLimits(totalMilliseconds: 500))
      try await DriverSession.with(test.driver, on: test.loop) { holder in
        try await holder.run("START TRANSACTION")
        try await holder.run("SELECT count(*) FROM parts")
        await #expect(throws: MigrationError.self) { try await runner.down() }
        let status = try await runner.status()
        #expect(status.current == 2 && status.problem == nil && !status.isInOrder)
        try await holder.run("COMMIT")
      }
      #expect(try await runner.down().count == 1)
    }
  }

  @Test func `changes that migrations promise beside traffic carry the clause that refuses to block`() throws
  {
    let statements = try steps([Self.create, Self.several]).parts.flatMap(\.statements)
    #expect(statements[1].hasSuffix("ALGORITHM=INPLACE LOCK=NONE"))
    #expect(statements[2].hasSuffix("ALGORITHM=INPLACE, LOCK=NONE"))
  }

  @Test func `an index with a condition stops the run before its first statement`() async throws {
    let partial = Migration(
      version: 2, name: "partial",
      up: [.createIndex(IndexDefinition(["kind"], where: "kind <> 'a'"), table: "things")], down: [])
    try await withDatabase { _, database in
      let refusal = PlanError.noPartialIndex(version: 2, index: "things_kind_idx", engine: "MariaDB")
      await #expect(throws: MigrationError.plan(refusal)) {
        try await MigrationEngine(database, migrations: [Self.create, partial]).up()
      }
    }
  }

  /// The error of a run; empty when it succeeds.
  private static func failure(of runner: MigrationEngine) async -> String {
    do {
      try await runner.up()
      return ""
    } catch {
      return "\(error)"
    }
  }

  private static func claim() throws -> MigrationClaim {
    guard case .claim(let claim) = Dialect.mariaDB.sessionLock else {
      throw SupportError("MariaDB's dialect has no claim")
    }
    return claim
  }
}

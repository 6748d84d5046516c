import AccessProof
import DatabaseTestSupport
import Synchronization
import TestSupport
import Testing

/// The proof tries several accounts at the same time.
@Suite(.serialized, .ownServers) struct ConcurrentProofTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `two proofs at once give the right answer, and each has its results in the same order`()
    async throws
  {
    try await fleet.asAdministrator(#"GRANT SELECT (email) ON users TO "analytics-ro""#)
    async let one = fleet.proof()
    async let other = fleet.proof()
    let (first, second) = try await (one, other)
    for report in [first, second] {
      #expect(report.attempted == report.cells)
      #expect(
        report.violations.map(\.description) == [
          "analytics-ro: select users (email): expected denied, got allowed"
        ])
    }
    #expect(first.results.map(\.cell) == second.results.map(\.cell))
    let order = first.results.map(\.cell.account)
    let accounts = fleet.manifest.databaseAccounts.map(\.name)
    #expect(accounts == accounts.sorted { order.firstIndex(of: $0) ?? 0 < order.firstIndex(of: $1) ?? 0 })
    _ = try await fleet.access.apply()
    try await expectNothingLeft()
  }

  @Test func `several accounts have a session at the same time, and none has more than one`() async throws {
    let counts = Mutex<[[String]]>([])
    let watching = Task {
      while !Task.isCancelled {
        let rows = try await fleet.superuser.unsafeQuery(unsafeSQL: Self.sessions)
        let names = try (0..<rows.rowCount).map { try rows.text($0, 0) }
        counts.withLock { $0.append(names) }
      }
    }
    _ = try await fleet.proof()
    watching.cancel()
    _ = await watching.result
    let seen = counts.withLock(\.self)
    #expect(seen.contains { Set($0).count > 1 })
    #expect(seen.allSatisfy { Set($0).count <= 4 })
  }

  /// The roles of the sessions that try cells at this moment.
  private static let sessions = """
    SELECT usename FROM pg_stat_activity WHERE backend_type = 'client backend' AND xact_start IS NOT NULL
    AND usename NOT IN ('postgres', 'migrate-admin')
    """

  @Test(arguments: [50, 600, 1_500, 2_300])
  func `a proof that is cancelled leaves no row, lock or session`(_ cells: Int) async throws {
    let started = Mutex<Task<ProofReport, any Error>?>(nil)
    let prover = fleet.prover
    let task = Task {
      try await prover.run { progress in
        if progress.done >= cells { started.withLock { $0?.cancel() } }
      }
    }
    started.withLock { $0 = task }
    let error = await #expect(throws: ProofError.self) { _ = try await task.value }
    #expect(error?.description == "the proof was stopped on request; its rows are removed")
    try await expectNothingLeft()
    #expect(try await fleet.proof().isClean)
  }

  private func expectNothingLeft() async throws {
    for table in fleet.manifest.rowScopedTables {
      let rows = try await fleet.superuser.unsafeQuery(unsafeSQL: "SELECT count(*) FROM \(table)")
      #expect(try rows.integer(0, 0) == 0, "\(table)")
    }
    try await eventually("the server has ended the proof's sessions") {
      let left = try await fleet.superuser.unsafeQuery(
        unsafeSQL: """
          SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'
          AND (usename NOT IN ('postgres', 'migrate-admin') OR usename = 'migrate-admin' AND state <> 'idle')
          """)
      return try left.integer(0, 0) == 0
    }
  }
}

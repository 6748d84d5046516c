import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing

@testable import MariaDBAdministration

/// Rights on three nodes of a Galera cluster, which replicates grants, and neither sessions nor the server's own tables.
@Suite(.serialized) struct MariaDBClusterTests {
  @Test func `rights hold on every node: applied at once, compared and mended node by node, proved`()
    async throws
  {
    try await MariaDBFleet.withCluster { fleet in
      try await Self.applyTwiceAtOnce(fleet)
      let report = try await fleet.prove()
      #expect(report.violations.isEmpty, "\(report.violations)")
      try await Self.mendOneNode(fleet)
      try await Self.endSessionsElsewhere(fleet)
      try await Self.rotate(fleet)
      try await Self.loseNode(fleet)
    }
  }

  /// The second run waits for the claim of the first one.
  private static func applyTwiceAtOnce(_ fleet: MariaDBFleet) async throws {
    async let first = fleet.grants().apply()
    async let second = fleet.grants().apply()
    let outcomes = try await [first, second]
    #expect(outcomes.allSatisfy { $0.isComplete }, "\(outcomes.map(\.notes))")
    #expect(try await fleet.grants().verify().filter { !$0.isNote } == [])
    #expect(try await fleet.grants().plan().isEmpty)
    #expect(try await fleet.bootstrap() == [])
  }

  private static func mendOneNode(_ fleet: MariaDBFleet) async throws {
    try await fleet.asSuperuser(
      onlyOn: 1, "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`",
      "REVOKE SELECT ON app_db.rollups FROM `analytics-ro`@`%`", "DROP USER `connector-rw`@`%`",
      "CREATE OR REPLACE VIEW app_db.`events$twitch-trigger` AS SELECT * FROM app_db.events")
    let name = "on 127.0.0.1:\(fleet.servers[1].port): "
    let found = try await fleet.deviations().map(\.message)
    for words in [
      "analytics-ro holds SELECT on settings", "analytics-ro lacks SELECT on rollups",
      "account connector-rw does not exist", "the view events$twitch-trigger",
    ] {
      #expect(found.contains { $0.hasPrefix(name + words) }, "\(words): \(found)")
    }
    #expect(
      try await fleet.grants().plan().steps.contains {
        $0.text.hasPrefix("/* \(name.prefix(name.count - 2))")
      })
    let outcome = try await fleet.grants().apply()
    #expect(outcome.isComplete, "\(outcome.notes)")
    #expect(try await fleet.deviations() == [])
    #expect(try await fleet.grants().plan().isEmpty)
  }

  /// A session keeps a global privilege, so it is ended, on any node.
  private static func endSessionsElsewhere(_ fleet: MariaDBFleet) async throws {
    try await fleet.asSuperuser("GRANT FILE ON *.* TO `analytics-ro`@`%`")
    try await fleet.withSession(as: "analytics-ro", on: 2) { session in
      try await session.run("SELECT 1")
      _ = try await fleet.grants().apply()
      await #expect(throws: (any Error).self) { _ = try await session.run("SELECT 1") }
    }
    #expect(try await fleet.deviations() == [])
  }

  /// A session of the former password ends on its own node; one of the new password goes on.
  private static func rotate(_ fleet: MariaDBFleet) async throws {
    let passwords = try fleet.passwords()
    let next = Secret("another password of this test")
    try await fleet.withSession(as: "analytics-ro", on: 2) { former in
      try await passwords.set([next], of: "analytics-ro")
      let moment = try await passwords.moment()
      try fleet.credentials.replace("analytics-ro", with: next)
      try await fleet.withSession(as: "analytics-ro", on: 1) { new in
        #expect(try await passwords.sessions(of: "analytics-ro", before: moment) == 1)
        try await passwords.endSessions(of: "analytics-ro", before: moment)
        await #expect(throws: (any Error).self) { _ = try await former.run("SELECT 1") }
        try await new.run("SELECT 1")
      }
    }
    #expect(try await fleet.deviations() == [])
  }

  /// A node that does not answer is a remark, and keeps nothing from being applied.
  private static func loseNode(_ fleet: MariaDBFleet) async throws {
    try await fleet.servers[2].control.kill()
    try await fleet.asSuperuser("GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`")
    let outcome = try await fleet.grants().apply()
    #expect(outcome.notes.contains { $0.contains("\(fleet.servers[2].port) does not answer") })
    let left = try await fleet.grants().verify()
    #expect(left.filter { !$0.isNote } == [])
    #expect(left.contains { $0.kind == .remark && $0.message.contains("does not answer") })
    try await fleet.servers[2].control.restart()
    try await eventually("the node is back, with the same rights", withinMilliseconds: 60_000) {
      (try? await fleet.grants().verify()) == []
    }
  }
}

import AccessPlanning
import DatabaseTestSupport
import TestSupport
import Testing

@testable import MariaDBAdministration

/// Accounts that sign in only in an encrypted session, on a server that has TLS and on one that has none.
@Suite(.serialized) struct MariaDBEncryptionTests {
  private static let account = MariaDBGrantee(user: "analytics-ro")

  private func comparison(
    _ requirement: MariaDBLogin.EncryptionRequirement, offersTLS: Bool, isEncrypted: Bool
  ) throws -> MariaDBComparison {
    try .ofFleet { state in
      state.accounts[Self.account]?.login.encryption = requirement
      (state.offersTLS, state.isEncrypted) = (offersTLS, isEncrypted)
    }
  }

  private func steps(_ comparison: MariaDBComparison) -> [String] {
    MariaDBPlanner(comparison: comparison, focus: .everything, dropsRetired: false).plan.steps.map(\.text)
  }

  private static func requiring(_ what: String) -> [String] {
    ["ALTER USER `analytics-ro`@`%` REQUIRE \(what)"]
  }

  @Test func `TLS stays required where the server has it, also for a run without it`() throws {
    for isEncrypted in [true, false] {
      let certified = try comparison(.certificate, offersTLS: true, isEncrypted: isEncrypted)
      #expect(steps(certified) == Self.requiring("SSL"))
      let encrypted = try comparison(.session, offersTLS: true, isEncrypted: isEncrypted)
      #expect(steps(encrypted) == [])
      #expect(encrypted.deviations.map(\.kind) == (isEncrypted ? [] : [.remark]))
    }
  }

  @Test func `a server without TLS requires none after the plan`() throws {
    for requirement in [MariaDBLogin.EncryptionRequirement.certificate, .session] {
      let found = try comparison(requirement, offersTLS: false, isEncrypted: false)
      #expect(found.deviations.map(\.kind) == [.missing])
      #expect(steps(found) == Self.requiring("NONE"))
    }
  }

  @Test(
    .enabled(if: !MariaDBServer.hasMySQL, "the MySQL of the tests makes itself a certificate"),
    arguments: ["X509", "SSL"])
  func `an account that needs what the server lacks signs in again after apply`(_ requirement: String)
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("ALTER USER `analytics-ro`@`%` REQUIRE \(requirement)")
      await #expect(throws: (any Error).self) { try await fleet.answer(as: "analytics-ro", "SELECT 'in'") }
      #expect(try await fleet.deviations().map(\.account) == ["analytics-ro"])
      _ = try await fleet.grants().apply()
      #expect(try await fleet.deviations() == [])
      #expect(try await fleet.answer(as: "analytics-ro", "SELECT 'in'") == "in")
    }
  }
}

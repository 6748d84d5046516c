import AccessPlanning
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing

@testable import MariaDBAdministration

/// A server that blocks accounts after wrong passwords.
@Suite(.serialized, .enabled(if: !MariaDBServer.hasMySQL, "MySQL has no such setting"))
struct MariaDBPasswordErrorsTests {
  private static let account = "analytics-ro"

  @Test func `where one wrong password blocks an account, proof and rotation send none, and both say so`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser("SET GLOBAL max_password_errors = 1")
      #expect(try await fleet.deviations().map(\.privilege) == ["MAX_PASSWORD_ERRORS"])
      let violations = try await fleet.prove().violations
      #expect(violations.map(\.verb) == ["log in with a wrong password"], "\(violations)")
      let passwords = try await fleet.passwords()
      let rotation = PasswordRotation(
        passwords, store: fleet.credentials, limits: .init(deliverySeconds: 0, drainSeconds: 0),
        time: .init(seconds: { 0 }, sleep: { _ in }), progress: { _ in })
      #expect(try await rotation.run([Self.account], .toTheEnd) == [])
      for account in fleet.manifest.databaseAccounts.map(\.name) {
        #expect(try await fleet.answer(as: account, "SELECT 'in'") == "in")
      }
      #expect(try await fleet.newGrants { try await $0.verify().filter { !$0.isNote }.count } == 1)
    }
  }

  @Test func `a blocked account is reported with what admits it again`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let passwords = try await fleet.passwords()
      let present = try fleet.credentials.password(of: Self.account)
      // The server has the lower limit only after the attempt.
      #expect(try await passwords.response(to: Secret("a wrong one"), of: Self.account) == .refused)
      try await fleet.asSuperuser("SET GLOBAL max_password_errors = 1")
      guard case .unusable(let reason) = try await passwords.response(to: present, of: Self.account) else {
        Issue.record("the server does not block the account")
        return
      }
      #expect(reason.contains("max_password_errors") && reason.contains("ALTER USER"), "\(reason)")
      let grantee = MariaDBGrantee(user: Self.account).sql
      _ = try await fleet.administrator.unsafeQuery(unsafeSQL: "ALTER USER \(grantee) ACCOUNT UNLOCK")
      #expect(try await passwords.response(to: present, of: Self.account) == .accepted)
    }
  }
}

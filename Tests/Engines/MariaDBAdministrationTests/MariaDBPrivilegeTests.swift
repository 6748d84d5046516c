import AccessProof
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

@testable import MariaDBAdministration

/// The proof against each privilege of the server alone.
@Suite(.serialized) struct MariaDBPrivilegeTests {
  /// What no statement uses without effect, or only beside another privilege: the comparison names these.
  private static let untried: Set = [
    "SHUTDOWN", "REPLICATION SLAVE", "REFERENCES", "SET USER", "CREATE TABLESPACE", "SHOW DATABASES",
    "SHOW VIEW",
    "SHOW CREATE ROUTINE",
  ]

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "MySQL has other privileges"))
  func `the proof finds each privilege of the server that an account holds alone`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let accounts = fleet.manifest.databaseAccounts.map(\.name)
      var waiting = MariaDBRightsQueries.globalNames[...]
      while !waiting.isEmpty {
        var holders: [String: String] = [:]
        for account in accounts {
          guard let name = waiting.popFirst() else { break }
          // A server that is older than the privilege does not know its name.
          if try await Self.grant(name, to: account, in: fleet) { holders[account] = name }
        }
        let violations = try await fleet.prove().violations
        for (account, name) in holders {
          let own = violations.filter { $0.account == account }.map(\.verb)
          #expect(own.contains("hold \(name)"), "\(name): \(own)")
          let isTried = own.contains { !$0.hasPrefix("hold ") }
          #expect(isTried != Self.untried.contains(name), "\(name): \(own)")
        }
        for account in accounts where holders[account] == nil {
          #expect(violations.filter { $0.account == account }.isEmpty)
        }
        _ = try await fleet.grants().apply()
      }
      #expect(try await fleet.prove().violations == [])
    }
  }

  private static func grant(_ name: String, to account: String, in fleet: MariaDBFleet) async throws -> Bool {
    let grantee = MariaDBGrantee(user: account).sql
    let statement =
      name == "GRANT OPTION"
      ? "GRANT USAGE ON *.* TO \(grantee) WITH GRANT OPTION" : "GRANT \(name) ON *.* TO \(grantee)"
    do {
      try await fleet.asSuperuser(statement)
      return true
    } catch let error as DatabaseError where error.kind == .invalidStatement {
      return false
    }
  }
}

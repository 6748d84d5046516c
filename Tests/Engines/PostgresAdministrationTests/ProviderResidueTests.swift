import AccessPlanning
import Testing

@testable import PostgresAdministration

/// What stays open where the superuser belongs to a provider, and only there.
@Suite struct ProviderResidueTests {
  private let drift: PostgresDrift

  init() throws {
    drift = try PostgresDrift()
  }

  private static let open = PostgresPrivilege(
    "EXECUTE", on: PostgresObject(.routine, schema: "pg_catalog", name: "lo_create(oid)"), to: .everyone,
    by: "postgres")

  private func deviations(_ change: (inout PostgresState) -> Void) -> [Deviation] {
    var actual = drift.inOrder
    actual.initialSuperuser = "postgres"
    change(&actual)
    return PostgresComparison(declared: drift.declared, actual: actual).deviations
  }

  /// The provider's account made the fleet's administrator, as the server records it.
  private static func provide(
    _ state: inout PostgresState, createsRoles: Bool = true, grantor: String = "postgres"
  ) {
    var role = PostgresRole()
    role.canCreateRoles = createsRoles
    state.roles["dba"] = role
    state.memberships.insert(
      PostgresMembership(
        role: "migrate-admin", member: "dba", grantor: grantor, canAdminister: true, inherits: false,
        canSet: false))
  }

  @Test func `the withheld functions, the creator and the unread rules are residues, and no step follows`() {
    var actual = drift.inOrder
    actual.initialSuperuser = "postgres"
    Self.provide(&actual)
    actual.privileges.insert(Self.open)
    let comparison = PostgresComparison(declared: drift.declared, actual: actual)
    let found = comparison.deviations.filter { $0.kind == .residue }
    #expect(Set(found.map(\.object)) == ["pg_catalog.lo_create(oid)", "migrate-admin", "pg_hba.conf"])
    #expect(comparison.deviations.allSatisfy { $0.isNote })
    #expect(PostgresPlanner(declared: drift.declared, actual: actual).plan.isEmpty)
    #expect(comparison.providerResidues?.openVerbs == ["create large object"])
  }

  @Test func `without a creator that is no superuser an open function is a deviation`() {
    let found = deviations { $0.privileges.insert(Self.open) }
    #expect(found.map(\.kind) == [.excess])
  }

  @Test func `a function that the engine does not bring along is a deviation at a provider too`() {
    let other = PostgresPrivilege(
      "EXECUTE", on: PostgresObject(.routine, schema: "public", name: "lo_create(oid)"), to: .everyone,
      by: "migrate-admin")
    let found = deviations {
      Self.provide(&$0)
      $0.privileges.insert(other)
    }
    #expect(found.filter { !$0.isNote }.map(\.kind) == [.excess])
  }

  @Test func `an administrator of migrate-admin that could not have created it is a deviation`() {
    let found = [
      deviations { Self.provide(&$0, createsRoles: false) }, deviations { Self.provide(&$0, grantor: "dbb") },
    ]
    for list in found {
      #expect(list.contains { $0.account == "dba" && $0.privilege == "MEMBER" && $0.kind == .excess })
    }
  }
}

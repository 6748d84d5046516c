import AccessPlanning
import AccessProof

/// What stays open on a server whose superuser belongs to a provider.
///
/// PostgreSQL itself shows such a server. A role that creates another one without being a superuser becomes its
/// administrator, by a grant of the initial superuser (release 16), which only a superuser can revoke. Where a superuser
/// created the fleet's administrator, there is no such grant, and nothing here is a residue.
extension PostgresComparison {
  /// The roles that created the fleet's administrator without being superusers.
  var providers: [String] {
    actual.memberships.filter(isOfCreator).map(\.member).sorted()
  }

  private func isOfCreator(_ membership: PostgresMembership) -> Bool {
    membership.role == administrator && membership.grantor == actual.initialSuperuser
      && membership.canAdminister && !membership.inherits && !membership.canSet
      && declared.roles[membership.member] == nil && actual.roles[membership.member]?.isSuperuser == false
      && actual.roles[membership.member]?.canCreateRoles == true
  }

  /// Whether only the provider's superuser could end the difference: EXECUTE on functions that PostgreSQL brings along,
  /// and the creator of the administrator.
  func isResidue(_ difference: PostgresDifference) -> Bool {
    switch difference {
    case .membershipExcess(let membership): isOfCreator(membership)
    case .privilegeExcess(let privilege): isOpenFunction(privilege) && !providers.isEmpty
    default: false
    }
  }

  private func isOpenFunction(_ privilege: PostgresPrivilege) -> Bool {
    privilege.grantee == .everyone && privilege.object.kind == .routine
      && privilege.object.schema == "pg_catalog" && privilege.grantor == actual.initialSuperuser
      && WithheldFunctions.names.contains(String(privilege.object.name.prefix { $0 != "(" }))
  }

  /// That the rules of logins could not be compared. Elsewhere the superuser can grant the reading of them.
  var unreadRules: [Deviation] {
    guard !providers.isEmpty, !actual.readsAuthenticationRules else { return [] }
    return [
      Deviation(
        .residue, account: "PUBLIC", object: "pg_hba.conf", privilege: "RULES",
        message: "the provider keeps the rules of logins (pg_hba.conf) to itself: they are not compared, and "
          + "`access prove` tries the logins")
    ]
  }

  /// The same for the proof; nil on a server whose superuser is ours.
  var providerResidues: ProviderResidues? {
    let providers = providers
    guard !providers.isEmpty else { return nil }
    let open = actual.privileges.filter(isOpenFunction).map { privilege in
      String(privilege.object.name.prefix { $0 != "(" })
    }
    return ProviderResidues(
      PostgresResidues.ofProvider(creators: providers, readsRules: actual.readsAuthenticationRules),
      openVerbs: Set(open.map(WithheldFunctions.verb(of:))))
  }
}

import AccessPlanning

/// The steps that close an account or take what its open sessions keep.
///
/// A session keeps the rights on the whole server and on its database, the role that it uses and the account that it became,
/// also after a REVOKE, a lock and DROP USER. So it ends, between two changes: after the first one, no session of the account
/// begins, and only the last one removes the deviation. A run that is killed in between is completed by the next one.
extension MariaDBPlanner {
  static func lock(_ grantee: MariaDBGrantee) -> String { "ALTER USER \(grantee.sql) ACCOUNT LOCK" }

  static func unlock(_ grantee: MariaDBGrantee) -> String { "ALTER USER \(grantee.sql) ACCOUNT UNLOCK" }

  /// Whether the account is one that signs in, before the plan and after it.
  func isOpen(_ grantee: MariaDBGrantee) -> Bool {
    declared.accounts[grantee]?.isLocked == false && actual.accounts[grantee]?.isLocked == false
  }

  func closing(
    _ first: [String], _ owners: [PlannedStep.SessionOwner], then last: [String], _ reason: String,
    _ authority: PlannedStep.Authority = .administrator
  ) -> PlannedStep {
    PlannedStep(
      first, endingSessionsOf: owners, shownAs: catalog.shownEnding(ofSessionsOf: owners), then: last,
      reason: reason,
      authority: authority)
  }

  /// What leaves an account without a password.
  func unusable(_ grantee: MariaDBGrantee) -> [String] {
    let alter = "ALTER USER \(grantee.sql)"
    return ["\(alter) \(catalog.passwords.unusableLogin)"]
      + (catalog.keepsTwoPasswords ? ["\(alter) \(RightsCatalog.discardSecond)"] : [])
  }

  /// Closes an account that is to be locked and without a password. Either keeps every login out.
  func closingLogin(of grantee: MariaDBGrantee, _ reason: String) -> PhasedStep {
    let (lock, password) = ([Self.lock(grantee)], unusable(grantee))
    let isLocked = actual.accounts[grantee]?.isLocked == true
    return PhasedStep(
      phase: .closing,
      step: closing(
        isLocked ? [] : password, [.account(grantee.user)], then: isLocked ? password : lock, reason))
  }

  /// Drops an account that takes logins of ours. It may take those of the administrator, who then cannot.
  func removal(
    of grantee: MariaDBGrantee, _ owners: [PlannedStep.SessionOwner], _ reason: String
  ) -> PhasedStep {
    let keepsOut = grantee.isAnonymous || grantee.name == administrator.name
    let isBeyond = actual.privileges.contains { $0.grantee == grantee && isBeyondAdministrator($0) }
    return PhasedStep(
      phase: .closing,
      step: closing(
        [Self.lock(grantee)], owners, then: ["DROP USER IF EXISTS \(grantee.sql)"], reason,
        keepsOut || isBeyond ? .superuser : .administrator))
  }

  // MARK: Rights that sessions keep

  /// Whether open sessions keep the right.
  func isKeptBySessions(_ place: MariaDBPlace) -> Bool {
    switch place {
    case .global, .database, .proxy, .role: true
    case .table, .column, .routine: false
    }
  }

  /// A statement that takes rights from others, and then ends the sessions that would keep them. A lock would outlive a run
  /// that is killed, and it is not ours, so what such a run leaves is the sessions.
  func taking(
    _ sql: String, from grantee: MariaDBGrantee, _ reason: String,
    _ authority: PlannedStep.Authority = .administrator
  ) -> PlannedStep {
    let owners = holders(of: grantee)
    return owners.isEmpty
      ? PlannedStep(sql, reason: reason, authority: authority)
      : closing([sql], owners, then: [], reason, authority)
  }

  /// Who uses the rights of an account, of a role or of everyone, without the administrator, the superuser, and what the
  /// manifest leaves to others.
  private func holders(of grantee: MariaDBGrantee) -> [PlannedStep.SessionOwner] {
    if grantee.isAnonymous, actual.accounts[grantee] != nil { return [.hosts(grantee.host)] }
    var accounts = comparison.members(of: grantee) + [grantee]
    if grantee.isAnonymous || accounts.contains(.everyone) { accounts += actual.accounts.keys }
    let users = accounts.filter {
      !$0.isBare && !$0.isAnonymous && !comparison.isExempt($0) && $0.name != administrator.name
    }
    return owners(of: Set(users))
  }

  /// The sessions of these accounts, without those of other accounts that have the same name and a nearer host.
  private func owners(of holders: Set<MariaDBGrantee>) -> [PlannedStep.SessionOwner] {
    var found: [PlannedStep.SessionOwner] = []
    var named: Set<ExactText> = []
    for holder in holders.sorted() {
      let others = actual.accounts.keys.filter {
        $0.name == holder.name && !$0.isBare && !holders.contains($0)
      }
      if others.isEmpty || comparison.hasOurName(holder) {
        if named.insert(holder.name).inserted { found.append(.account(holder.user)) }
        continue
      }
      // Rights without an account are those of every account of the name.
      let nearer = comparison.hasNoAccount(holder) ? [] : others.filter { $0.isNearer(than: holder) }
      found.append(.login(user: holder.user, hosts: holder.host, besides: nearer.sorted().map(\.host)))
    }
    return found
  }

  /// Statements that take from an account of ours what its sessions keep. It stays locked until it has its rights again.
  func taking(
    whileLocked last: [String], from grantee: MariaDBGrantee, _ reason: String,
    _ authority: PlannedStep.Authority
  ) -> [PhasedStep] {
    let isOpen = self.isOpen(grantee)
    let step = closing([Self.lock(grantee)], [.account(grantee.user)], then: last, reason, authority)
      .undoing(by: isOpen ? [Self.unlock(grantee)] : [])
    return [PhasedStep(phase: .closing, step: step)]
      + (isOpen ? [opening(of: grantee, "it was locked while its sessions ended", authority)] : [])
  }

  func opening(
    of grantee: MariaDBGrantee, _ reason: String, _ authority: PlannedStep.Authority? = nil
  ) -> PhasedStep {
    PhasedStep(
      phase: .opening,
      step: PlannedStep(
        Self.unlock(grantee), reason: reason,
        authority: authority ?? self.authority(over: grantee)))
  }
}

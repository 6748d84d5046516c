import AccessPlanning

/// Turns differences into the statements that correct them, ordered so that each finds what it needs.
///
/// Pure: it depends only on the two states. The plan also contains the steps that only a superuser can run, marked as
/// such. Without them, a short plan would look like an engine that matches the manifest.
package struct PostgresPlanner: Sendable {
  let declared: PostgresState
  let actual: PostgresState
  let administrator: String
  let scope: PostgresScope
  /// The declared entries on objects from which something is revoked.
  let declaredOnTouched: [PostgresObject: [PostgresPrivilege]]
  /// Roles whose names the manifest gives to accounts, and that are others' and privileged.
  let mightyStrangers: Set<String>
  /// Whether the plan drops the roles of retired accounts, once they are closed.
  let dropsRetired: Bool
  let focus: AccessFocus
  private let comparison: PostgresComparison
  /// The differences that a plan concerns: not those that this server's provider leaves open, nor those outside of the
  /// focus. They are compared once.
  let differences: [PostgresDifference]

  /// Makes a planner from one state of a database to another, for the accounts of `focus`.
  package init(
    declared: PostgresState, actual: PostgresState, dropsRetired: Bool = false,
    focus: AccessFocus = .everything
  ) {
    self.focus = focus
    self.declared = declared
    self.actual = actual
    self.dropsRetired = dropsRetired
    let comparison = PostgresComparison(declared: declared, actual: actual)
    self.comparison = comparison
    scope = comparison.scope
    differences = comparison.differences.filter {
      !comparison.isResidue($0) && (focus.isEverything || focus.covers($0.deviation))
    }
    let touched = Set(comparison.excessPrivileges.map(\.object))
    declaredOnTouched =
      touched.isEmpty
      ? [:]
      : Dictionary(grouping: declared.privileges.filter { touched.contains($0.object) }, by: \.object)
    mightyStrangers = Self.mightyStrangers(declared: declared, actual: actual)
    administrator = declared.administrator
  }

  /// The steps; revokes come before grants. Those of ``retirement`` come last, in a transaction of their own.
  package var plan: AccessPlan {
    let suspensions = suspensions(by: .administrator) + suspensions(by: .superuser)
    return AccessPlan(
      steps: suspensions.flatMap { $0 } + afterSuspensions.allSteps,
      unmended: unmended(of: differences),
      leftOut: focus.isEverything
        ? [:] : focus.leftOut(of: comparison.deviations))
  }

  /// The steps that follow the end of sessions.
  var allSteps: [PlannedStep] { steps(for: differences, in: Phase.allCases) }

  /// The first steps of all: the end of the logins of retired accounts, or else of their sessions. A session may hold
  /// locks that every other step would wait for.
  func closing(_ part: RetiredPart, where isChosen: (RetiredAccount) -> Bool) -> [PlannedStep] {
    let own = differences.filter { difference in
      guard case .retired(let retired, let trace) = difference, isChosen(retired) else { return false }
      return switch (trace, part) {
      case (.login, .logins), (.sessions, .sessions): true
      case (.login, _), (.sessions, _), (.role, _), (.elsewhere, _): false
      }
    }
    return steps(for: own, in: Phase.allCases)
  }

  /// The steps that change rights.
  var changes: [PlannedStep] {
    steps(for: differences, in: Phase.allCases.filter { $0 != .retirement })
  }

  /// The steps that change the rights of one account.
  func steps(ofAccount account: String) -> [PlannedStep] {
    steps(
      for: differences.filter { $0.deviation.account == account },
      in: Phase.allCases.filter { $0 != .retirement })
  }

  /// The deviations of one account that no step mends.
  func unmended(ofAccount account: String) -> [Deviation] {
    unmended(of: differences.filter { $0.deviation.account == account })
  }

  private func unmended(of differences: [PostgresDifference]) -> [Deviation] {
    differences.filter(isUnmended).map { difference in
      if let person = personLacking(difference) {
        return difference.deviation.advising(Self.remedy(forPerson: person))
      }
      if let remedy = remedy(forUnguarded: difference) { return difference.deviation.advising(remedy) }
      guard case .owner(let object, let declared, _) = difference else { return difference.deviation }
      return difference.deviation.advising(remedy(forOwnerOf: object, declared))
    }
  }

  /// The steps that end one retired account.
  func endingSteps(ofAccount account: String) -> [PlannedStep] {
    steps(for: differences.filter { $0.deviation.account == account && !hasSessions($0) }, in: [.retirement])
  }

  /// The steps for retired accounts that are closed: a session that ends before the account is closed comes back. The role
  /// of a session that did not end stays, so that the next run still finds it.
  var retirement: [PlannedStep] {
    steps(for: differences.filter { !hasSessions($0) }, in: [.retirement])
  }

  private func hasSessions(_ difference: PostgresDifference) -> Bool {
    (actual.sessions[difference.deviation.account] ?? 0) > 0
  }

  private func steps(for differences: [PostgresDifference], in phases: [Phase]) -> [PlannedStep] {
    let ordered = phases.flatMap { phase in
      differences.filter { Phase(of: $0) == phase }.flatMap { steps(for: $0) }
    }
    var seen: Set<PlannedStep> = []
    return ordered.filter { seen.insert($0).inserted }
  }

  /// Whether no statement can mend it: a decision of an operator, a cause outside of the database, or a change of others
  /// that reaches what is ours.
  private func isUnmended(_ difference: PostgresDifference) -> Bool {
    if isOfMightyStranger(difference) || personLacking(difference) != nil { return true }
    return switch scope.standing(of: difference, on: declared) {
    case .accepted, .outside: false
    case .watched: true
    case .ours: isUnmendedOfOurs(difference)
    }
  }

  /// A session that does not start is mended where a setting of the account is: the next login shows it.
  private func isUnmendedOfOurs(_ difference: PostgresDifference) -> Bool {
    switch difference {
    case .tableMissing, .superuser, .keyMissing: true
    case .finding: stepsForOwn(difference).isEmpty
    case .owner(let object, _, _): isOfAccountsMaking(object)
    case .credential(let account, let state):
      switch state {
      case .unchecked: actual.roles[account] != nil
      case .unusable:
        actual.roles[account].map {
          $0.databaseSettings.isEmpty && $0.settings == declared.roles[account]?.settings
        } ?? false
      case .accepted, .refused, .absent: false
      }
    case .roleMissing, .attribute, .passwordExpires, .connectionLimit, .setting, .databaseSetting,
      .settingOfEveryone, .settingOfDatabase, .attachment, .membershipExcess, .membershipMissing,
      .rowSecurity, .policyExcess, .policyMissing, .policyDifferent, .privilegeExcess, .privilegeMissing,
      .inertDefault, .retired, .ownerRight, .sampledColumn:
      false
    }
  }

  /// The order of a plan. Roles come first, because everything else names them. Revokes come before grants, because a
  /// revoke on a table also removes the same privilege on its columns.
  private enum Phase: CaseIterable {
    case roles, credentials, memberships, owners, revokes, attachments, rowSecurity, policies, grants,
      retirement

    init?(of difference: PostgresDifference) {
      switch difference {
      case .tableMissing, .superuser, .inertDefault, .keyMissing, .retired(_, .elsewhere): return nil
      case .retired(_, .login): self = .roles
      case .retired(_, .sessions), .retired(_, .role): self = .retirement
      case .roleMissing, .attribute, .passwordExpires, .connectionLimit, .setting, .databaseSetting,
        .settingOfEveryone, .settingOfDatabase:
        self = .roles
      case .attachment: self = .attachments
      case .credential: self = .credentials
      case .membershipExcess, .membershipMissing: self = .memberships
      case .owner, .finding: self = .owners
      case .privilegeExcess: self = .revokes
      case .rowSecurity, .sampledColumn: self = .rowSecurity
      case .policyExcess, .policyMissing, .policyDifferent: self = .policies
      case .privilegeMissing, .ownerRight: self = .grants
      }
    }
  }

  /// The steps of one difference; none for what belongs to others.
  func steps(for difference: PostgresDifference) -> [PlannedStep] {
    guard !isOfMightyStranger(difference), scope.standing(of: difference, on: declared) == .ours else {
      return []
    }
    return personLacking(difference) == nil ? stepsForOwn(difference) : steps(forPersonLacking: difference)
  }

  private func stepsForOwn(_ difference: PostgresDifference) -> [PlannedStep] {
    let reason = difference.deviation.message
    switch difference {
    // An operator made the superuser for a reason unknown to the planner, so it stays a deviation.
    // A key that was dropped is the business of the migrations.
    case .tableMissing, .superuser, .inertDefault, .keyMissing: return []
    case .finding(let finding): return steps(for: finding, reason)
    case .ownerRight(let privilege): return grant(privilege, reason)
    case .sampledColumn(let column): return stopSampling(column, reason)
    case .retired(let account, let trace): return steps(forRetired: account, trace, reason)
    case .settingOfEveryone(let setting): return [reset(setting, reason)]
    case .settingOfDatabase(let setting, _):
      let value = "SET \(PostgresSQL.identifier(setting.name)) TO \(PostgresSQL.literal(setting.value))"
      return [onDatabase(value, of: setting.name, reason)]
    case .attachment(let attachment):
      let authority = authority(asOwner: attachment.owner)
      return [PlannedStep(attachment.removal, reason: reason, authority: authority)]
    case .roleMissing(let name, let role): return create(name, role, reason)
    case .attribute(let role, let word, let declared): return [attribute(word, of: role, declared, reason)]
    case .passwordExpires(let role):
      return [
        PlannedStep(
          "\(Self.alter(role)) VALID UNTIL 'infinity'", reason: reason, authority: authority(over: role))
      ]
    case .connectionLimit(let role, let declared, _):
      return [
        PlannedStep(
          "\(Self.alter(role)) CONNECTION LIMIT \(declared)", reason: reason, authority: authority(over: role)
        )
      ]
    case .setting(let role, let name, let declared, _): return [setting(name, declared, of: role, reason)]
    case .databaseSetting(let role, let name, _):
      let place = "IN DATABASE \(PostgresSQL.identifier(self.declared.database))"
      let sql = "\(Self.alter(role)) \(place) RESET \(PostgresSQL.identifier(name))"
      return [PlannedStep(sql, reason: reason, authority: authority(over: role, parameter: name))]
    case .credential(let account, let state): return steps(forCredentialOf: account, state, reason)
    case .membershipExcess(let membership): return [revoke(membership, reason)]
    case .membershipMissing(let membership): return [grant(membership, reason)]
    case .owner(let object, let declared, _): return steps(forOwnerOf: object, declared, reason)
    case .privilegeExcess(let privilege): return revoke(privilege, reason)
    case .rowSecurity(let table, let declared, _): return rowSecurity(of: table, declared, reason)
    case .policyExcess(let policy): return [onTable(policy.table, policy.removal, reason)]
    case .policyMissing(let policy): return create(policy, reason)
    case .policyDifferent(let declared, let actual): return change(declared, from: actual, reason)
    case .privilegeMissing(let privilege): return grant(privilege, reason)
    }
  }

  // MARK: Roles

  private func create(_ name: String, _ role: PostgresRole, _ reason: String) -> [PlannedStep] {
    let words = role.attributes.map { $0.isSet ? $0.word : "NO\($0.word)" }.joined(separator: " ")
    let creation = PlannedStep(
      "CREATE ROLE \(PostgresSQL.identifier(name)) \(words) CONNECTION LIMIT \(role.connectionLimit)",
      reason: reason, authority: name == administrator ? .superuser : .administrator)
    let settings = role.settings.sorted { $0.key < $1.key }.map {
      setting($0.key, $0.value, of: name, reason)
    }
    return [creation] + settings + (name == administrator ? [] : [credential(of: name, reason)])
  }

  /// A missing role gets its credential when it is created. No statement can make a server check passwords, or start a
  /// session.
  private func steps(
    forCredentialOf account: String, _ state: CredentialState, _ reason: String
  ) -> [PlannedStep] {
    guard actual.roles[account] != nil else { return [] }
    return switch state {
    case .accepted, .unchecked, .unusable: []
    case .refused, .absent: [credential(of: account, reason)]
    }
  }

  /// The public form of a statement that sets a password. An attacker can test passwords against the verifier, so it
  /// appears in no plan and no log.
  private func credential(of account: String, _ reason: String) -> PlannedStep {
    PlannedStep(
      credentialOf: account,
      shownAs: "\(Self.alter(account)) PASSWORD '<SCRAM verifier of its credential>'",
      reason: reason, authority: authority(over: account))
  }

  static func alter(_ role: String) -> String { "ALTER ROLE \(PostgresSQL.identifier(role))" }

  /// Since PostgreSQL 16, a role may grant or revoke only the attributes that it has itself.
  private func attribute(_ word: String, of role: String, _ declared: Bool, _ reason: String) -> PlannedStep {
    let isPlain = word == "LOGIN" || (word == "CREATEROLE" && role != administrator)
    return PlannedStep(
      "\(Self.alter(role)) \(declared ? word : "NO\(word)")", reason: reason,
      authority: isPlain ? authority(over: role) : .superuser)
  }

  private func setting(_ name: String, _ value: String?, of role: String, _ reason: String) -> PlannedStep {
    let parameter = PostgresSQL.identifier(name)
    let change = value.map { "SET \(parameter) = \(PostgresSQL.literal($0))" } ?? "RESET \(parameter)"
    return PlannedStep(
      "\(Self.alter(role)) \(change)", reason: reason, authority: authority(over: role, parameter: name))
  }

  private func reset(_ setting: PostgresSetting, _ reason: String) -> PlannedStep {
    let parameter = PostgresSQL.identifier(setting.name)
    guard setting.isOfDatabase else {
      return PlannedStep("ALTER ROLE ALL RESET \(parameter)", reason: reason, authority: .superuser)
    }
    return onDatabase("RESET \(parameter)", of: setting.name, reason)
  }

  private func onDatabase(_ change: String, of parameter: String, _ reason: String) -> PlannedStep {
    let database = PostgresObject(.database, name: declared.database)
    return PlannedStep(
      "ALTER \(database.sqlTarget) \(change)", reason: reason,
      authority: isForAnyRole(parameter)
        ? authority(asOwner: actual.owners[database] ?? administrator) : .superuser)
  }

  /// Whether a role without SUPERUSER may set the parameter. A parameter that the server does not have is a placeholder
  /// (`app.name`), which only a superuser may set or reset.
  private func isForAnyRole(_ parameter: String) -> Bool {
    actual.parameters[parameter.lowercased()] ?? !parameter.contains(".")
  }

  private func authority(over role: String, parameter: String) -> PlannedStep.Authority {
    isForAnyRole(parameter) ? authority(over: role) : .superuser
  }

  /// The administrator may alter the roles that it created or has the admin option on, and itself only in part.
  func authority(over role: String) -> PlannedStep.Authority {
    guard role != administrator else { return .superuser }
    guard actual.roles[role] != nil else { return .administrator }
    let administers = actual.memberships.contains {
      $0.role == role && $0.member == administrator && $0.canAdminister
    }
    return administers && actual.roles[role]?.isSuperuser != true ? .administrator : .superuser
  }

  private func revoke(_ membership: PostgresMembership, _ reason: String) -> PlannedStep {
    PlannedStep(
      "REVOKE \(PostgresSQL.identifier(membership.role)) FROM \(PostgresSQL.identifier(membership.member)) "
        + "GRANTED BY \(PostgresSQL.identifier(membership.grantor)) CASCADE",
      reason: reason, authority: membership.grantor == administrator ? .administrator : .superuser)
  }

  private func grant(_ membership: PostgresMembership, _ reason: String) -> PlannedStep {
    PlannedStep(
      "GRANT \(PostgresSQL.identifier(membership.role)) TO \(PostgresSQL.identifier(membership.member)) "
        + "WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
      reason: reason, authority: .superuser)
  }
}

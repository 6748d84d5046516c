import AccessManifest
import AccessPlanning
import MariaDBDriver

/// Turns the differences into statements. Pure.
///
/// The engine has no transaction for rights, so the order is what protects: each step leaves nothing wider than the
/// state before the plan or the state that the manifest declares. A plan that ends after any step is completed by the
/// next one. First comes what takes rights away, then what they hang on (the accounts with their credentials, and the
/// views), and the grants come last.
struct MariaDBPlanner {
  let comparison: MariaDBComparison
  let focus: AccessFocus
  let dropsRetired: Bool
  /// The differences that the plan concerns. They are compared once.
  let chosen: [MariaDBDifference]

  init(comparison: MariaDBComparison, focus: AccessFocus, dropsRetired: Bool) {
    self.comparison = comparison
    self.focus = focus
    self.dropsRetired = dropsRetired
    let database = comparison.actual.database
    chosen = comparison.differences.filter {
      focus.isEverything || Self.isForView($0, of: comparison, in: focus)
        || focus.covers($0.deviation(in: database))
    }
  }

  /// Whether the difference keeps a view of a chosen account from its table. Under a focus nothing else of the definer changes:
  /// what the manifest no longer declares, the present view of an account that is left out may need.
  private static func isForView(
    _ difference: MariaDBDifference, of comparison: MariaDBComparison, in focus: AccessFocus
  ) -> Bool {
    let views = comparison.declared.views.values.filter {
      focus.covers(MariaDBDifference.viewMissing($0).deviation(in: comparison.declared.database))
    }
    switch difference {
    case .accountMissing(.viewDefiner): return !views.isEmpty
    case .privilegeMissing(let privilege) where privilege.grantee == .viewDefiner:
      guard case .table(_, let table) = privilege.place else { return false }
      return views.contains { ScopedRelations.table(ofRelation: $0.name) == table }
    default: return false
    }
  }

  /// When a step is executed.
  enum Phase: Int, CaseIterable {
    /// Grants columns to an account that has the whole table, so that its service keeps on working.
    case replacing
    case closing, accounts, views, granting
    /// Lets accounts in again that were locked while their sessions ended.
    case opening
    /// Revokes what the grants before it cover.
    case trimming
    case dropping
  }

  var plan: AccessPlan {
    AccessPlan(
      steps: steps,
      unmended: chosen.filter(isUnmended).compactMap(comparison.deviation).filter { !$0.isNote },
      leftOut: focus.isEverything ? [:] : focus.leftOut(of: comparison.deviations))
  }

  /// The steps in their order.
  var steps: [PlannedStep] {
    let phased = accountSteps + privilegeSteps
    return Phase.allCases.flatMap { phase in phased.filter { $0.phase == phase }.map(\.step) }
  }

  struct PhasedStep {
    let phase: Phase
    let step: PlannedStep
  }

  var declared: MariaDBState { comparison.declared }
  var actual: MariaDBState { comparison.actual }
  var catalog: RightsCatalog { comparison.actual.catalog }
  var administrator: MariaDBGrantee {
    MariaDBGrantee(user: comparison.manifest.administrators.databaseAccount)
  }

  /// Whether the mode of the manifest lets the plan change what differs.
  func mayMend(_ difference: MariaDBDifference) -> Bool {
    (comparison.isStrict || !comparison.isOfOthers(difference)) && !comparison.isWatched(difference)
  }

  /// Whether only an operator can decide: the object may hold rows or code of others, or the manifest only adds.
  private func isUnmended(_ difference: MariaDBDifference) -> Bool {
    if comparison.isWatched(difference) { return true }
    return switch difference {
    case .unguarded, .superuser, .serverTables, .mandatoryRoles, .blocks, .setting, .viewBasis, .code,
      .codeElsewhere, .foreignKey, .tableExcess:
      true
    case .viewExcess(let view): !view.isOwn
    case .anonymous(let grantee, let elsewhere), .roleOfOurName(let grantee, let elsewhere):
      !elsewhere.isEmpty || comparison.hasNoStatement(grantee)
    case .shadow(let grantee): comparison.hasNoStatement(grantee)
    case .privilegeExcess(let privilege): comparison.needsOperator(privilege)
    case .tableMissing, .accountMissing, .locked, .usable, .limits, .defaultRole, .obstacle, .retired,
      .privilegeMissing, .viewMissing, .viewDifferent, .credential:
      false
    }
  }

  // MARK: Accounts and views

  private var accountSteps: [PhasedStep] { chosen.flatMap(steps) }

  private func steps(for difference: MariaDBDifference) -> [PhasedStep] {
    guard mayMend(difference), !isUnmended(difference) else { return [] }
    let reason = difference.deviation(in: actual.database).message
    func step(
      _ phase: Phase, _ sql: String, _ authority: PlannedStep.Authority = .administrator
    ) -> [PhasedStep] {
      [PhasedStep(phase: phase, step: PlannedStep(sql, reason: reason, authority: authority))]
    }
    switch difference {
    case .unguarded, .tableMissing, .tableExcess, .superuser, .serverTables, .mandatoryRoles, .blocks,
      .setting,
      .viewBasis, .code, .codeElsewhere, .foreignKey, .privilegeExcess, .privilegeMissing:
      return []
    case .viewExcess(let view): return change(view, view.removal(in: actual.database), in: .closing, reason)
    case .accountMissing(let grantee): return [creation(of: grantee, reason)]
    case .locked(let grantee, let isDeclared):
      // An account that is to be opened gets its credential and its rights before.
      if isDeclared { return [closingLogin(of: grantee, reason)] }
      let open = opening(of: grantee, reason)
      return [PhasedStep(phase: open.phase, step: open.step.widening(grantee.user))]
    case .usable(let grantee):
      return actual.accounts[grantee]?.isLocked == true ? [closingLogin(of: grantee, reason)] : []
    case .limits(let grantee, let limits, _):
      return step(.accounts, "ALTER USER \(grantee.sql) \(limits.sql(in: catalog))", authority(over: grantee))
    case .defaultRole(let grantee, _):
      return step(
        .closing, "SET DEFAULT ROLE NONE \(catalog.defaultRolePreposition) \(grantee.sql)", .superuser)
    case .obstacle(let grantee, let obstacle):
      // TLS stays required, where the server has it: it asked for more than that.
      let change =
        switch obstacle {
        case .certificate where actual.offersTLS: "REQUIRE SSL"
        case .certificate, .encryption: "REQUIRE NONE"
        case .expiry: "PASSWORD EXPIRE NEVER"
        case .failures: "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0"
        }
      return step(.accounts, "ALTER USER \(grantee.sql) \(change)", authority(over: grantee))
    case .shadow(let grantee): return [removal(of: grantee, [.account(grantee.user)], reason)]
    case .anonymous(let grantee, _): return [removal(of: grantee, [.hosts(grantee.host)], reason)]
    case .roleOfOurName(let grantee, _):
      return [
        PhasedStep(
          phase: .closing, step: taking("DROP ROLE IF EXISTS \(grantee.sql)", from: grantee, reason))
      ]
    case .retired(let grantee, let isClosed): return retirement(of: grantee, isClosed: isClosed, reason)
    case .viewMissing(let view), .viewDifferent(let view, _):
      return change(view, view.creation(in: actual.database), in: .views, reason)
    case .credential(let account, let state):
      if case .unusable = state { return [] }
      return [credential(of: MariaDBGrantee(user: account), reason)]
    }
  }

  func authority(over grantee: MariaDBGrantee) -> PlannedStep.Authority {
    grantee == administrator ? .superuser : .administrator
  }

  /// A new account has its credential and its limits from the first moment.
  private func creation(of grantee: MariaDBGrantee, _ reason: String) -> PhasedStep {
    if grantee == .viewDefiner {
      return PhasedStep(
        phase: .accounts,
        step: PlannedStep(
          "CREATE USER \(grantee.sql) \(catalog.passwords.unusableLogin) ACCOUNT LOCK",
          reason: reason))
    }
    let step = PlannedStep(
      credentialOf: grantee.user, shownAs: "CREATE USER \(grantee.sql) \(catalog.passwords.shownLogin)",
      reason: reason,
      authority: authority(over: grantee))
    return PhasedStep(phase: .accounts, step: step)
  }

  /// Changes the view of an account. A transaction that has read the view keeps it from being changed, for as long as the
  /// account likes. So where sessions of the account do so, they end between two changes: no others begin meanwhile.
  private func change(
    _ view: MariaDBView, _ sql: String, in phase: Phase, _ reason: String
  ) -> [PhasedStep] {
    guard let account = view.account else {
      return [PhasedStep(phase: phase, step: PlannedStep(sql, reason: reason))]
    }
    let grantee = MariaDBGrantee(user: account)
    let isOpen = self.isOpen(grantee)
    let step = PlannedStep(
      sql, endingHoldersOf: .account(account), first: isOpen ? [Self.lock(grantee)] : [],
      then: isOpen ? [Self.unlock(grantee)] : [], reason: reason)
    return [PhasedStep(phase: phase, step: step)]
  }

  /// Sessions of another password end, and the lock lasts until they have.
  private func credential(of grantee: MariaDBGrantee, _ reason: String) -> PhasedStep {
    let texts = [
      Self.lock(grantee), catalog.shownEnding(ofSessionsOf: [.account(grantee.user)]),
      "ALTER USER \(grantee.sql) \(catalog.passwords.shownLogin) ACCOUNT UNLOCK",
    ]
    let step = PlannedStep(
      credentialOf: grantee.user, shownAs: texts.joined(separator: "; "), reason: reason,
      authority: authority(over: grantee)
    ).undoing(by: isOpen(grantee) ? [Self.unlock(grantee)] : [])
    return PhasedStep(phase: .accounts, step: step)
  }

  private func retirement(of grantee: MariaDBGrantee, isClosed: Bool, _ reason: String) -> [PhasedStep] {
    var steps: [PhasedStep] = []
    if !isClosed {
      let step = closing([Self.lock(grantee)], [.account(grantee.user)], then: unusable(grantee), reason)
      steps.append(PhasedStep(phase: .closing, step: step))
    }
    if dropsRetired {
      steps.append(
        PhasedStep(phase: .dropping, step: PlannedStep("DROP USER \(grantee.sql)", reason: reason)))
    }
    return steps
  }
}

import AccessManifest
import AccessPlanning
import Cache

/// Turns deviations of the cache into commands. Pure.
///
/// It replaces a deviating user as a whole, in one command, so that the user never has only half of its rules.
package struct RedisPlanner: Sendable {
  private let comparison: RedisComparison
  private let focus: AccessFocus

  /// Makes a planner for the deviations of `comparison` that belong to `focus`.
  package init(_ comparison: RedisComparison, focus: AccessFocus = .everything) {
    self.focus = focus
    self.comparison = comparison
  }

  /// The steps: accounts, the administrator, the default user, undeclared users, and then the ACL file.
  package var plan: AccessPlan {
    let steps =
      accounts.compactMap(step(for:)) + administratorSteps + defaultUserSteps + undeclaredUserSteps
    let isSaved = !comparison.unsavedDeviations.contains(where: focus.covers)
    return AccessPlan(
      steps: steps.isEmpty && isSaved ? [] : steps + [Self.save], unmended: unmended,
      leftOut: focus.leftOut(of: comparison.deviations))
  }

  private var accounts: [CacheAccount] {
    comparison.manifest.cacheAccounts.filter { focus.covers(account: $0.name) }
  }

  /// What the manifest's mode leaves to others, although it reaches what is ours, and libraries, which may be theirs.
  private var unmended: [Deviation] {
    let kept = accounts.filter { !mayReplace($0) }.flatMap(
      comparison.deviations(of:))
    let ofOthers =
      comparison.isStrict ? [] : comparison.defaultUserDeviations + comparison.undeclaredUserDeviations
    return (kept + ofOthers + comparison.libraryDeviations + comparison.placeDeviations).filter {
      !$0.isNote && focus.covers($0)
    }
  }

  /// A server without an ACL file rejects this command, and `apply` reports that.
  static let save = PlannedStep(
    "ACL SAVE", reason: "the rights must outlive a restart of the server", language: .command)

  private func step(for account: CacheAccount) -> PlannedStep? {
    let deviations = comparison.deviations(of: account)
    guard !deviations.isEmpty, mayReplace(account) else { return nil }
    return PlannedStep(
      credentialOf: account.name, shownAs: ending(account.name) + Self.shown(account),
      reason: deviations.map(\.message).joined(separator: "; "), language: .command)
  }

  /// Replacing a user also removes rights, which a manifest that only adds does not do.
  private func mayReplace(_ account: CacheAccount) -> Bool {
    comparison.manifest.scope.mode != .additive || comparison.actual.users[CacheWord(account.name)] == nil
  }

  /// What precedes the command where sessions of the user end.
  private func ending(_ user: String) -> String {
    guard comparison.endsSessions(of: user) else { return "" }
    return "ACL SETUSER \(user) resetpass #<SHA-256 of its credential> #<a mark>; \(Self.kill(user)); "
  }

  /// Ends the sessions of a user, without the one that asks.
  static func kill(_ user: String) -> String { "CLIENT KILL USER \(user) SKIPME yes" }

  /// The command with a placeholder for the digest, against which an attacker could test passwords.
  static func shown(_ account: CacheAccount) -> String {
    (["ACL SETUSER", account.name] + RedisRules.all(account, passwordDigest: "<SHA-256 of its credential>"))
      .joined(separator: " ")
  }

  /// `resetpass` also removes `nopass`. The plan changes nothing else of the administrator, which runs the plan itself.
  private var administratorSteps: [PlannedStep] {
    comparison.administratorDeviations.filter(focus.covers).map { deviation in
      PlannedStep(
        credentialOf: deviation.account,
        shownAs: ending(deviation.account)
          + "ACL SETUSER \(deviation.account) resetpass #<SHA-256 of its credential>",
        reason: deviation.message, language: .command)
    }
  }

  /// In a cache that others use too, the default user and their users stay.
  private var defaultUserSteps: [PlannedStep] {
    guard comparison.isStrict else { return [] }
    let name = RedisState.defaultUser
    return comparison.defaultUserDeviations.filter(focus.covers).map {
      // A session that monitors goes on without the right to. The rights are what a run that is killed leaves.
      // A server may give its users every channel at a reset (`acl-pubsub-default`).
      PlannedStep(
        ["ACL SETUSER \(name) off"], endingSessionsOf: [.account(name)], shownAs: Self.kill(name),
        then: ["ACL SETUSER \(name) reset off resetchannels"], reason: $0.message, language: .command)
    }
  }

  private var undeclaredUserSteps: [PlannedStep] {
    guard comparison.isStrict else { return [] }
    return comparison.undeclaredUsers.filter { focus.covers(account: $0.description) }.map {
      PlannedStep(
        "ACL DELUSER \($0.quoted)", reason: "the manifest does not list the user \($0)", language: .command)
    }
  }
}

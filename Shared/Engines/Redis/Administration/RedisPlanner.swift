import AccessManifest
import AccessPlanning

/// Turns deviations of the cache into commands. Pure.
///
/// A user that deviates in anything is set anew as a whole, in one command: there is no moment in which it has half of
/// its rules.
package struct RedisPlanner: Sendable {
  private let comparison: RedisComparison

  /// A planner for what `comparison` finds.
  package init(_ comparison: RedisComparison) {
    self.comparison = comparison
  }

  /// The steps: accounts, then the administrator, then the default user, then strangers, then the file.
  package var plan: AccessPlan {
    let steps =
      comparison.manifest.cacheAccounts.compactMap(step(for:)) + administratorSteps + defaultUserSteps
      + strangerSteps
    guard !steps.isEmpty else { return AccessPlan() }
    return AccessPlan(steps: steps + [Self.save])
  }

  /// Where the server has no ACL file this is refused, and whoever applies the plan is told.
  static let save = PlannedStep("ACL SAVE", reason: "the rights outlive a restart of the server")

  private func step(for account: CacheAccount) -> PlannedStep? {
    let deviations = comparison.deviations(of: account)
    guard !deviations.isEmpty else { return nil }
    return PlannedStep(
      credentialOf: account.name, shownAs: Self.shown(account),
      reason: deviations.map(\.message).joined(separator: "; "))
  }

  /// The command with a word in place of the digest: a digest can be tried against passwords.
  static func shown(_ account: CacheAccount) -> String {
    (["ACL SETUSER", account.name] + RedisRules.all(account, passwordDigest: "<SHA-256 of its credential>"))
      .joined(separator: " ")
  }

  /// `resetpass` takes `nopass` away too. Nothing else of the administrator's is touched, least of all by itself.
  private var administratorSteps: [PlannedStep] {
    comparison.administratorDeviations.map { deviation in
      PlannedStep(
        credentialOf: deviation.account,
        shownAs: "ACL SETUSER \(deviation.account) resetpass #<SHA-256 of its credential>",
        reason: deviation.message)
    }
  }

  private var defaultUserSteps: [PlannedStep] {
    comparison.defaultUserDeviations.map {
      PlannedStep("ACL SETUSER \(RedisState.defaultUser) reset off", reason: $0.message)
    }
  }

  private var strangerSteps: [PlannedStep] {
    comparison.strangers.map {
      PlannedStep("ACL DELUSER \($0)", reason: "the manifest does not know the user \($0)")
    }
  }
}

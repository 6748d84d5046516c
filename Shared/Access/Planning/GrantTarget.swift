import AccessManifest

/// An engine whose rights the manifest declares: a database or a cache.
package protocol GrantTarget: Sendable {
  /// The engine's name in reports: `PostgreSQL`, `Redis`.
  var name: String { get }

  /// Returns the steps that make the engine match the manifest. Changes nothing.
  func plan() async throws(AccessError) -> AccessPlan

  /// Executes the plan as the administrator. A second run does nothing.
  func apply() async throws(AccessError) -> AccessOutcome

  /// Returns every deviation from the manifest. Changes nothing.
  func verify() async throws(AccessError) -> [Deviation]

  /// The manifest's accounts that can log in with a password which the credential folder does not have: other programs
  /// may use it, and ``apply()`` replaces it.
  func accountsWithOtherPasswords() async throws(AccessError) -> [String]
}

extension GrantTarget {
  /// None: nothing checks a password.
  package func accountsWithOtherPasswords() async throws(AccessError) -> [String] { [] }
}

/// The result of applying a plan.
package struct AccessOutcome: Sendable, Hashable, Encodable {
  /// The executed steps, in order.
  package let done: [PlannedStep]
  /// The steps that need the engine's superuser: `bulkhead bootstrap` executes them.
  package let remaining: [PlannedStep]
  /// The deviations that no step mends.
  package let unmended: [Deviation]
  /// Notes for the operator.
  package let notes: [String]
  /// The deviations outside of the focus: their number by account.
  package let leftOut: [String: Int]

  private enum CodingKeys: String, CodingKey {
    case done, remaining, unmended, notes
  }

  /// Creates an outcome.
  package init(
    done: [PlannedStep], remaining: [PlannedStep] = [], unmended: [Deviation] = [], notes: [String] = [],
    leftOut: [String: Int] = [:]
  ) {
    self.leftOut = leftOut
    self.done = done
    self.remaining = remaining
    self.unmended = unmended
    self.notes = notes
  }

  /// What an operator must know of replaced passwords; none where none was.
  package static func notes(ofReplaced accounts: [String], by store: CredentialStore) -> [String] {
    guard !accounts.isEmpty else { return [] }
    return [
      "the server had another password for \(accounts.joined(separator: ", ")), and has that of \(store.directory) now: "
        + "a program that uses the former one is refused until it has the new file"
    ]
  }

  /// The outcome where nothing could be executed, for the reason that the note says.
  package init(notExecuted plan: AccessPlan, note: String) {
    self.init(
      done: [], remaining: plan.steps, unmended: plan.unmended, notes: [note], leftOut: plan.leftOut)
  }

  /// Whether the engine matches the manifest now.
  package var isComplete: Bool { remaining.isEmpty && unmended.isEmpty }
}

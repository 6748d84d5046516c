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

  /// The manifest's accounts that can log in, by whether the credential folder has their passwords. Waits for no table.
  func openAccounts() async throws(AccessError) -> OpenAccounts
}

extension GrantTarget {
  /// None: nothing checks a password.
  package func openAccounts() async throws(AccessError) -> OpenAccounts { OpenAccounts([:]) }
}

/// The accounts of an engine that can log in, and the passwords of the credential folder.
package struct OpenAccounts: Sendable, Hashable {
  /// Those whose password the folder does not have, sorted: other programs may use it.
  package let others: [String]
  /// Whether the folder has the password of none, and ``GrantTarget/apply()`` would replace some: most often the folder is
  /// that of another fleet, or new. One account alone that changed its password is no sign of that.
  package let areOfAnotherFolder: Bool

  /// `states` has what the engine answers to the password of each account that can log in, on each node of a cluster.
  package init(_ states: [String: [CredentialState]]) {
    let isOther = { (state: CredentialState) in [.refused, .absent].contains(state) }
    others = states.filter { $0.value.contains(where: isOther) }.keys.sorted()
    // An account that the engine admits with any password says nothing about the folder.
    let checked = states.values.filter { !$0.contains(.unchecked) }
    let all = checked.flatMap(\.self)
    areOfAnotherFolder = checked.count > 1 && all.allSatisfy(isOther) && all.contains(.refused)
  }

  /// The refusal to replace the passwords of ``others``; `command` replaces them all the same.
  package func refusal(
    in engine: String, than store: CredentialStore, unless command: String
  ) -> AccessError {
    .unsupported(
      "\(engine) has passwords that \(store.directory) does not have: those of \(others.joined(separator: ", ")). Programs "
        + "may use them, and nothing was changed. Set CREDENTIALS_DIR to their folder, or copy its files. To shut those "
        + "programs out: \(command) --replace-passwords")
  }
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

extension AccessError {
  /// The same error of a run that had executed these steps before. They stay, and the operator must know of them.
  package func after(_ done: [PlannedStep]) -> AccessError {
    guard !done.isEmpty else { return self }
    let shown = done.prefix(Self.shownSteps).map(\.text)
    let more = done.count > shown.count ? ["and \(done.count - shown.count) more"] : []
    return adding("executed before this, and still in effect: \((shown + more).joined(separator: "; "))")
  }

  private static let shownSteps = 20
}

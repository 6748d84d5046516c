import AccessManifest

/// An engine whose rights are kept as the manifest says: a database or a cache.
package protocol GrantTarget: Sendable {
  /// What it is called in reports: `PostgreSQL`, `Redis`.
  var name: String { get }

  /// What would have to be done. Changes nothing.
  func plan() async throws(AccessError) -> AccessPlan

  /// Does it, as the administrator. A second time there is nothing to do.
  func apply() async throws(AccessError) -> AccessOutcome

  /// Every deviation from the manifest. Changes nothing.
  func verify() async throws(AccessError) -> [Deviation]
}

/// What an apply did.
package struct AccessOutcome: Sendable, Hashable, Encodable {
  /// The steps that were carried out, in order.
  package let done: [PlannedStep]
  /// The steps that only the engine's superuser can carry out; `bulkhead bootstrap` does.
  package let remaining: [PlannedStep]
  /// What whoever applied it should know.
  package let notes: [String]

  /// An outcome by its parts.
  package init(done: [PlannedStep], remaining: [PlannedStep] = [], notes: [String] = []) {
    self.done = done
    self.remaining = remaining
    self.notes = notes
  }
}

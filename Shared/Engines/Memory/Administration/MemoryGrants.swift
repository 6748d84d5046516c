import AccessPlanning

/// The rights in the memory cache: each process compiles them in, so that there is nothing to bring anywhere.
///
/// The memory belongs to the process alone. What another process has in its cache it cannot reach at all.
package struct MemoryGrants: GrantTarget {
  /// There is one kind of memory.
  package init() {}

  /// `memory cache`.
  package var name: String { "memory cache" }

  /// Nothing.
  package func plan() async throws(AccessError) -> AccessPlan { AccessPlan() }

  /// Nothing.
  package func apply() async throws(AccessError) -> AccessOutcome { AccessOutcome(done: []) }

  /// Nothing.
  package func verify() async throws(AccessError) -> [Deviation] { [] }
}

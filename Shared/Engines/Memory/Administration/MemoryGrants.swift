import AccessPlanning

/// The memory cache's grants. Each process compiles them in, so there is nothing to apply to a server.
///
/// The memory belongs to one process. No other process can reach it.
package struct MemoryGrants: GrantTarget {
  /// Makes the target; it has no state.
  package init() {}

  /// `memory cache`.
  package var name: String { "memory cache" }

  /// Always empty.
  package func plan() async throws(AccessError) -> AccessPlan { AccessPlan() }

  /// Does nothing.
  package func apply() async throws(AccessError) -> AccessOutcome { AccessOutcome(done: []) }

  /// Always empty.
  package func verify() async throws(AccessError) -> [Deviation] { [] }
}

/// The rights in the memory cache: compiled into each process that uses it, so there is nothing to bring anywhere.
///
/// The memory is the process's own. What another process has in its cache it cannot reach at all.
public struct MemoryGrants: GrantTarget {
  /// There is one kind of memory.
  public init() {}

  /// `memory cache`.
  public var name: String { "memory cache" }

  /// Nothing.
  public func plan() async throws(AccessError) -> AccessPlan { AccessPlan() }

  /// Nothing.
  public func apply() async throws(AccessError) -> AccessOutcome { AccessOutcome(done: []) }

  /// Nothing.
  public func verify() async throws(AccessError) -> [Deviation] { [] }
}

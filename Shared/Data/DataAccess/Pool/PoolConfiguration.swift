/// The limits of one loop's pool.
package struct PoolConfiguration: Sendable, Hashable {
  /// Connections of this loop, at most.
  package var size: Int
  /// How long a statement waits for a connection.
  package var acquireTimeoutMilliseconds: Int
  /// How many may wait; the next one is refused at once.
  package var queueLimit: Int
  /// How long one statement may run before it is cancelled.
  package var statementTimeoutMilliseconds: Int
  /// How long opening a connection may take.
  package var connectTimeoutMilliseconds: Int
  /// How long after a failed attempt to connect the next one comes; doubled each time.
  package var reconnectMinimumMilliseconds: Int
  /// The longest distance between two attempts.
  package var reconnectMaximumMilliseconds: Int
  /// How long closing waits for connections that are lent out.
  package var closeTimeoutMilliseconds: Int

  /// Limits that fit a service that answers within seconds.
  package init(
    size: Int, acquireTimeoutMilliseconds: Int = 5_000, queueLimit: Int = 1_024,
    statementTimeoutMilliseconds: Int = 30_000, connectTimeoutMilliseconds: Int = 5_000,
    reconnectMinimumMilliseconds: Int = 100, reconnectMaximumMilliseconds: Int = 5_000,
    closeTimeoutMilliseconds: Int = 10_000
  ) {
    self.size = max(1, size)
    self.acquireTimeoutMilliseconds = acquireTimeoutMilliseconds
    self.queueLimit = queueLimit
    self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.reconnectMinimumMilliseconds = reconnectMinimumMilliseconds
    self.reconnectMaximumMilliseconds = reconnectMaximumMilliseconds
    self.closeTimeoutMilliseconds = closeTimeoutMilliseconds
  }

  /// Deals the connections of a process over its loops as evenly as they go, and at least one to each: with more
  /// loops than connections the process opens as many as it has loops.
  package static func deal(_ total: Int, over loops: Int) -> [Int] {
    guard loops > 0 else { return [] }
    let (each, rest) = total.quotientAndRemainder(dividingBy: loops)
    return (0..<loops).map { max(1, each + ($0 < rest ? 1 : 0)) }
  }
}

/// The limits of one loop's pool.
package struct PoolConfiguration: Sendable, Hashable {
  /// The most connections of this loop.
  package var size: Int
  /// How long a statement waits for a connection.
  package var acquireTimeoutMilliseconds: Int
  /// The most statements that wait; one more is refused at once.
  package var queueLimit: Int
  /// How long one statement may run before the pool cancels it.
  package var statementTimeoutMilliseconds: Int
  /// How long opening a connection may take.
  package var connectTimeoutMilliseconds: Int
  /// The pause after a failed attempt to connect; it doubles with each failure.
  package var reconnectMinimumMilliseconds: Int
  /// The longest pause between two attempts. It is much shorter than ``acquireTimeoutMilliseconds``, so that a
  /// request that waits when the server returns is served.
  package var reconnectMaximumMilliseconds: Int
  /// How long closing waits for lent connections.
  package var closeTimeoutMilliseconds: Int

  /// The defaults fit a service that answers within seconds.
  package init(
    size: Int, acquireTimeoutMilliseconds: Int = 5_000, queueLimit: Int = 1_024,
    statementTimeoutMilliseconds: Int = 30_000, connectTimeoutMilliseconds: Int = 5_000,
    reconnectMinimumMilliseconds: Int = 100, reconnectMaximumMilliseconds: Int = 1_000,
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

  /// The limits of ``Database/repair(_:)``: together less than a program takes that a signal ends.
  static let ofRepair = PoolConfiguration(
    size: 1, acquireTimeoutMilliseconds: 3_000, statementTimeoutMilliseconds: 2_000,
    connectTimeoutMilliseconds: 3_000, closeTimeoutMilliseconds: 500)

  /// Distributes the connections of a process over its loops as evenly as possible, with at least one for each loop. A
  /// process with more loops than connections opens one for each loop.
  package static func deal(_ total: Int, over loops: Int) -> [Int] {
    guard loops > 0 else { return [] }
    let (each, rest) = total.quotientAndRemainder(dividingBy: loops)
    return (0..<loops).map { max(1, each + ($0 < rest ? 1 : 0)) }
  }
}

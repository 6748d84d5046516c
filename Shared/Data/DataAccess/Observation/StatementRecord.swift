/// One statement that has ended, for metrics and logs. It carries no bound value.
package struct StatementRecord: Sendable {
  /// The name of the statement.
  package let operation: Operation
  /// The text with placeholders; nil when the statement got no connection.
  package let statement: RenderedStatement?
  /// How many values were bound.
  package let parameterCount: Int
  /// The time in the pool's queue.
  package let queueNanoseconds: UInt64
  /// The time from sending the statement to its result. Statements that were sent together have the same time.
  package let engineNanoseconds: UInt64
  /// The rows that a read returned, or that a write changed; 0 after a failure.
  package let rows: Int
  /// The failure; nil after a success.
  package let error: DatabaseError?
  /// Whether it ran on a connection that its caller had borrowed, so that it never waited in the queue.
  package let isBorrowed: Bool

  /// Makes a record from its values.
  package init(
    operation: Operation, statement: RenderedStatement?, parameterCount: Int,
    queueNanoseconds: UInt64, engineNanoseconds: UInt64, rows: Int, error: DatabaseError?,
    isBorrowed: Bool = false
  ) {
    self.operation = operation
    self.statement = statement
    self.parameterCount = parameterCount
    self.queueNanoseconds = queueNanoseconds
    self.engineNanoseconds = engineNanoseconds
    self.rows = rows
    self.error = error
    self.isBorrowed = isBorrowed
  }
}

/// Receives a record of every statement of a pool, on the pool's loop. It runs between a statement and its caller, so
/// it must be fast and must not block.
package protocol StatementObserver: AnyObject, Sendable {
  func completed(_ record: borrowing StatementRecord)
}

extension DatabaseError {
  /// The engine's code, or the kind's name where the engine has none of its own for it: the value of a metric's label.
  package var metricCode: String { nativeCode.isEmpty || kind == .cancelled ? kind.name : nativeCode }
}

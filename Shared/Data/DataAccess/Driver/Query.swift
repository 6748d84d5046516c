/// SQL in one dialect with its values apart from it: what a driver is given to execute.
package struct Query: Sendable, Hashable {
  /// One statement in the dialect, with placeholders in place of values.
  package let sql: String
  /// In the order of the placeholders.
  package let bindings: [DatabaseValue]
  /// What errors and logs call the statement.
  package let operation: Operation
  /// Whether the statement changes nothing and takes no locks, so that it may share a connection and may be sent
  /// once more on another one when its connection was lost.
  package let isRead: Bool
  /// Whether the same text will come again, so that preparing it once for the connection pays.
  package let isReusable: Bool

  /// A statement that is rendered; a write that will come again, unless said otherwise.
  package init(
    sql: String, bindings: [DatabaseValue] = [], operation: Operation, isRead: Bool = false,
    isReusable: Bool = true
  ) {
    self.sql = sql
    self.bindings = bindings
    self.operation = operation
    self.isRead = isRead
    self.isReusable = isReusable
  }
}

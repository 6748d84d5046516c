/// Something that becomes a query once the connection, and with it the dialect, is known.
///
/// Rendering waits for the connection because an account may see a table under another name there.
package protocol Statement: Sendable {
  var operation: Operation { get }
  /// As ``Query/isRead``: decides, before anything is rendered, which connections will do.
  var isRead: Bool { get }
  func render(in dialect: Dialect) throws(DatabaseError) -> Query
}

extension Query: Statement {
  /// A query is rendered already.
  package func render(in dialect: Dialect) -> Query { self }
}

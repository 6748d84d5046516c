/// A statement that becomes a query once the connection, and with it the dialect, is known.
///
/// Rendering waits for the connection because an account may see a table under another name there.
package protocol Statement: Sendable {
  /// The name of the statement in errors and logs.
  var operation: Operation { get }
  /// As ``RenderedStatement/isRead``: it selects the connection before anything is rendered.
  var isRead: Bool { get }
  /// The text in the dialect of `rendered`, with this statement's values. Takes a text that `rendered` already has.
  func query(from rendered: RenderedStatements) throws(DatabaseError) -> Query
}

extension Statement {
  /// Renders the statement for one use.
  package func render(in dialect: Dialect) throws(DatabaseError) -> Query {
    try query(from: RenderedStatements(dialect))
  }
}

/// The text of one statement in one dialect, without its values.
///
/// One object serves every use of a text. A driver finds its prepared statement by this object: the hash is computed
/// once, and comparing an object with itself does not look at the text.
package final class RenderedStatement: Sendable {
  /// One statement in the dialect, with placeholders for values.
  package let sql: String
  /// The name of the statement in errors and logs.
  package let operation: Operation
  /// Whether the statement changes nothing and takes no locks. It may then share a connection, and may be sent again
  /// on another connection when its own was lost.
  package let isRead: Bool
  /// Whether the same text will come again, so that preparing it once for the connection pays.
  package let isReusable: Bool
  /// Whether it may leave changed rows behind, so that its outcome matters when its connection is lost. A select that
  /// locks rows is no read of ``isRead``, and changes none.
  package let mayWrite: Bool
  private let textHash: Int

  /// `mayWrite` follows from the verb and from `isRead` unless it is set.
  package init(
    sql: String, operation: Operation, isRead: Bool, isReusable: Bool, mayWrite: Bool? = nil
  ) {
    self.sql = sql
    self.operation = operation
    self.isRead = isRead
    self.isReusable = isReusable
    self.mayWrite = mayWrite ?? (!isRead && operation.verb != .select)
    textHash = sql.hashValue
  }
}

extension RenderedStatement: Hashable {
  /// Two statements are equal when their texts are.
  package static func == (left: RenderedStatement, right: RenderedStatement) -> Bool {
    left === right || (left.textHash == right.textHash && left.sql == right.sql)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(textHash) }
}

/// A rendered statement with the values of one use: what a driver executes.
package struct Query: Sendable {
  /// The text and its properties.
  package let statement: RenderedStatement
  /// In the order of the placeholders.
  package let bindings: [DatabaseValue]

  package init(_ statement: RenderedStatement, _ bindings: [DatabaseValue]) {
    self.statement = statement
    self.bindings = bindings
  }

  /// A statement that is written by hand: by default a write whose text will come again.
  package init(
    sql: String, bindings: [DatabaseValue] = [], operation: Operation, isRead: Bool = false,
    isReusable: Bool = true, mayWrite: Bool? = nil
  ) {
    statement = RenderedStatement(
      sql: sql, operation: operation, isRead: isRead, isReusable: isReusable, mayWrite: mayWrite)
    self.bindings = bindings
  }

  /// As ``RenderedStatement/sql``.
  package var sql: String { statement.sql }
  /// As ``RenderedStatement/isReusable``.
  package var isReusable: Bool { statement.isReusable }
  /// As ``RenderedStatement/mayWrite``.
  package var mayWrite: Bool { statement.mayWrite }
  /// Whether it may make the changes of its transaction permanent: a COMMIT, or a statement that was written by hand, such
  /// as a definition, before which MariaDB commits.
  package var mayCommit: Bool { mayWrite && operation.verb == .other }
}

extension Query: Statement {
  /// As ``RenderedStatement/operation``.
  package var operation: Operation { statement.operation }
  /// As ``RenderedStatement/isRead``.
  package var isRead: Bool { statement.isRead }

  /// A query is rendered already.
  package func query(from rendered: RenderedStatements) -> Query { self }
}

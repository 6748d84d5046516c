/// Who executes statements: the database (each statement on its own), a session, or a transaction.
package protocol StatementRunner: Sendable {
  /// What the engine can do.
  var dialect: Dialect { get }

  /// Executes a statement and answers its rows.
  func execute(_ statement: any Statement) async throws(DatabaseError) -> any ResultSet

  /// Executes the statements of `body` all or none.
  func atomically<Result>(
    _ body: (Transaction) async throws(DatabaseError) -> Result
  ) async throws(DatabaseError) -> Result
}

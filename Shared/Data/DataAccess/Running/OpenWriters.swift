import Schema

/// How an engine reports the open transactions that may have written rows which no reader sees yet.
///
/// Ids are assigned in order, and their transactions commit in any order. A reader that only goes on behind the highest
/// id it has seen would never see a row with a smaller id that commits later.
package enum OpenWritersQuery: Sendable, Hashable {
  /// None are open beside a reader: rows commit in the order of their ids.
  case none
  /// A select that returns a name for each open transaction that may have rows of the bound table. A transaction is in
  /// it from before it takes an id until every reader sees its rows.
  case transactions(String)
  /// The engine does not report them to an account without further rights.
  case unknown
}

/// The open transactions that may have rows of a table which no reader sees yet.
package enum OpenWriters: Sendable, Hashable {
  /// Their names, each used once in the life of the server.
  case transactions(Set<String>)
  /// The engine does not report them.
  case unknown
}

extension StatementRunner {
  /// The open transactions that may have written to the table.
  ///
  /// A server whose administrator withheld the list from this account counts as one that does not report it.
  package func openWriters<Owner: Table>(of table: Owner.Type) async throws(DatabaseError) -> OpenWriters {
    switch dialect.openWriters {
    case .none: return .transactions([])
    case .unknown: return .unknown
    case .transactions(let sql):
      do throws(DatabaseError) {
        let rows = try await execute(
          Query(
            sql: sql, bindings: [.text(dialect.quoted(Owner.definition.name))],
            operation: Operation(.other, label: "open writers"), isRead: true))
        var names: Set<String> = []
        for row in 0..<rows.rowCount { names.insert(try rows.text(row, 0)) }
        return .transactions(names)
      } catch {
        guard error.isPermissionDenied else { throw error }
        return .unknown
      }
    }
  }
}

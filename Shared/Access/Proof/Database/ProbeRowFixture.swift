import DataAccess
import Schema

/// Inserts the proof's rows into the tables and removes them again.
///
/// The rows must be committed, because the proof shows which other accounts can see them. They exist for the fraction
/// of a second that the row cells take. They have marked names, times in 1970 and values outside of users' data, so
/// services at most list them. The next run removes the rows that a killed run left behind.
struct ProbeRowFixture: Sendable {
  let administrator: Database
  let matrix: RowMatrix
  let nowSeconds: Int64
  let locks: LockLimits

  /// The age in seconds after which a row counts as left behind, and not as one of a concurrent run.
  static let staleAfterSeconds: Int64 = 600

  /// The rows of the proof, and the tables where the server refused them.
  struct Placement: Sendable {
    /// The ids in the order of the matrix; nil for the rows of a refused table.
    fileprivate(set) var identities: [Int64?] = []
    fileprivate(set) var refusals: [Refusal] = []
  }

  /// A table whose rows the server refused to insert or to remove: a rule or a trigger made by hand, or a lost right.
  struct Refusal: Sendable {
    let table: String
    let error: DatabaseError
  }

  /// Inserts the rows, table by table: one that refuses them keeps no other from being tried.
  func place() async throws(DatabaseError) -> Placement {
    try await administrator.withShortLocks(locks) { (transaction) throws(DatabaseError) in
      try await removeStale(transaction)
    }
    return try await administrator.withShortLocks(locks) { (transaction) throws(DatabaseError) in
      var placement = Placement()
      for table in matrix.scopedTables {
        let rows = matrix.rows.filter { $0.table.name == table.name }
        var found: [Int64?] = []
        let refusal = try await Self.refusal(of: table, in: transaction) { (part) throws(DatabaseError) in
          for row in rows {
            _ = try await part.execute(row.insertion)
            found.append(try await identity(of: row, in: part))
          }
        }
        placement.identities += refusal == nil ? found : rows.map { _ in nil }
        if let refusal { placement.refusals.append(refusal) }
      }
      return placement
    }
  }

  /// Removes the rows of this run. Returns the tables where the server refused that.
  func remove() async throws(DatabaseError) -> [Refusal] {
    try await administrator.withShortLocks(locks) { (transaction) throws(DatabaseError) in
      var refusals: [Refusal] = []
      for (table, sql) in markedRemovals {
        let refusal = try await Self.refusal(of: table, in: transaction) { (part) throws(DatabaseError) in
          _ = try await part.unsafeQuery(unsafeSQL: sql, label: "remove probe rows")
        }
        if let refusal { refusals.append(refusal) }
      }
      return refusals
    }
  }

  /// Runs `body` in a savepoint. Returns the server's refusal; throws what concerns more than the table.
  private static func refusal(
    of table: TableDefinition, in transaction: Transaction,
    _ body: (Transaction) async throws(DatabaseError) -> Void
  ) async throws(DatabaseError) -> Refusal? {
    do throws(DatabaseError) {
      try await transaction.savepoint(body)
      return nil
    } catch {
      guard error.isOfTable, !Task.isCancelled else { throw error }
      return Refusal(table: table.name, error: error)
    }
  }

  /// The statements that remove the rows of this run. Each stands alone, for a server that executes them by itself.
  var removals: [String] { markedRemovals.map(\.sql) }

  private var markedRemovals: [(table: TableDefinition, sql: String)] {
    let dialect = administrator.dialect
    return markedTables.map { table, marker in
      (
        table,
        "DELETE FROM \(dialect.qualified(table.name)) WHERE \(dialect.quoted(marker)) LIKE "
          + dialect.literal("\(ProbeRow.sentinel)\(matrix.run)%")
      )
    }
  }

  private var markedTables: [(TableDefinition, String)] {
    matrix.scopedTables.compactMap { table in
      let scopes = Set(matrix.manifest.rowScopes(of: table.name).map(\.column))
      return scopes.sorted().lazy.compactMap { ProbeRow.marker(of: table, beside: $0) }.first.map {
        (table, $0.name)
      }
    }
  }

  private func identity(of row: ProbeRow, in runner: any StatementRunner) async throws(DatabaseError) -> Int64
  {
    guard let marker = ProbeRow.marker(of: row.table, beside: row.scope.column), let key = row.table.identity
    else {
      throw DatabaseError(
        .other, operation: "place probe rows",
        detail: "table \(row.table.name) has no text column for the marker")
    }
    let found = try await runner.execute(
      ProbeStatement(
        Operation(.select, table: row.table.name),
        [
          .sql("SELECT "), .identifier(key.name), .sql(" FROM "), .relation(row.table.name), .sql(" WHERE "),
          .identifier(row.scope.column), .sql(" = "), .value(.text(row.scope.value)), .sql(" AND "),
          .identifier(marker.name), .sql(" = "), .value(.text(ProbeRow.sentinel + row.run)),
        ]))
    guard found.rowCount == 1 else {
      throw DatabaseError(
        .other, operation: "place probe rows",
        detail: "the row \(row.name) of table \(row.table.name) is missing after its insert")
    }
    return try found.integer(0, 0)
  }

  // MARK: Rows left behind

  private func removeStale(_ transaction: Transaction) async throws(DatabaseError) {
    for (table, marker) in markedTables {
      guard let key = table.identity?.name else { continue }
      // The insertion of this run's rows reports the table.
      _ = try await Self.refusal(of: table, in: transaction) { (part) throws(DatabaseError) in
        try await removeStale(of: table, key, marker, in: part)
      }
    }
  }

  private func removeStale(
    of table: TableDefinition, _ key: String, _ marker: String, in runner: any StatementRunner
  ) async throws(DatabaseError) {
    let found = try await runner.execute(
      ProbeStatement(
        Operation(.select, table: table.name),
        [
          .sql("SELECT "), .identifier(key), .sql(", "), .identifier(marker), .sql(" FROM "),
          .relation(table.name),
          .sql(" WHERE "), .identifier(marker), .sql(" LIKE "), .value(.text("\(ProbeRow.sentinel)%")),
        ]))
    for row in 0..<found.rowCount where isStale(try found.text(row, 1)) {
      _ = try await runner.execute(
        ProbeStatement(
          Operation(.delete, table: table.name),
          [
            .sql("DELETE FROM "), .relation(table.name), .sql(" WHERE "), .identifier(key), .sql(" = "),
            .value(.integer(try found.integer(row, 0))),
          ]))
    }
  }

  /// Whether the row's run is too old. A run's name begins with the second of its start.
  private func isStale(_ marker: String) -> Bool {
    let run = marker.dropFirst(ProbeRow.sentinel.count)
    guard let second = Int64(run.prefix { $0 != "-" }) else { return true }
    return nowSeconds - second > Self.staleAfterSeconds
  }
}

extension DatabaseError {
  /// Whether the server refused a statement for what the table is, and serves other statements.
  fileprivate var isOfTable: Bool {
    switch kind {
    case .permissionDenied, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .valueOutOfRange, .invalidStatement, .decoding, .other:
      true
    case .authenticationFailed, .tooManyConnections, .serializationFailure, .deadlock, .lockTimeout,
      .statementTimeout, .cancelled, .connectionLost, .connectionRefused, .readOnlyServer, .storageFull,
      .unreadableFile, .acquireTimeout, .shuttingDown:
      false
    }
  }
}

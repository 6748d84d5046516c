import DataAccess
import Schema

/// Puts the proof's rows into the tables and takes them away again.
///
/// They must be committed, or nobody else could be shown not to see them. They are there for the fraction of a second
/// that the row cells take; they bear a name of their own, times of 1970, and values that no member's data has, so that
/// services that meet one list it at most. Rows that a killed run left behind go at the next run.
struct ProbeRowKeeper: Sendable {
  let administrator: Database
  let matrix: RowMatrix
  let nowSeconds: Int64

  /// After this many seconds a row is one that was left behind, not one of another run that is under way.
  static let staleAfterSeconds: Int64 = 600

  /// Inserts the rows; answers their ids in the order of the matrix.
  func place() async throws(DatabaseError) -> [Int64] {
    try await removeStale()
    return try await administrator.transaction { (transaction) throws(DatabaseError) in
      var identities: [Int64] = []
      for row in matrix.rows {
        _ = try await transaction.execute(row.insertion)
        identities.append(try await identity(of: row, in: transaction))
      }
      return identities
    }
  }

  /// Takes the rows of this run away.
  func remove() async throws(DatabaseError) {
    for (table, marker) in markedTables {
      let statement = ProbeStatement(
        Operation(.delete, table: table.name),
        [
          .sql("DELETE FROM "), .relation(table.name), .sql(" WHERE "), .identifier(marker), .sql(" LIKE "),
          .value(.text("\(ProbeRow.sentinel)\(matrix.run)%")),
        ])
      _ = try await administrator.execute(statement)
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
        .other, operation: "place probe rows", detail: "\(row.table.name) has no text to mark")
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
        .other, operation: "place probe rows", detail: "the row of \(row.name) is not there")
    }
    return try found.integer(0, 0)
  }

  // MARK: Rows left behind

  private func removeStale() async throws(DatabaseError) {
    for (table, marker) in markedTables {
      guard let key = table.identity?.name else { continue }
      let found = try await administrator.execute(
        ProbeStatement(
          Operation(.select, table: table.name),
          [
            .sql("SELECT "), .identifier(key), .sql(", "), .identifier(marker), .sql(" FROM "),
            .relation(table.name),
            .sql(" WHERE "), .identifier(marker), .sql(" LIKE "), .value(.text("\(ProbeRow.sentinel)%")),
          ]))
      for row in 0..<found.rowCount where isStale(try found.text(row, 1)) {
        _ = try await administrator.execute(
          ProbeStatement(
            Operation(.delete, table: table.name),
            [
              .sql("DELETE FROM "), .relation(table.name), .sql(" WHERE "), .identifier(key), .sql(" = "),
              .value(.integer(try found.integer(row, 0))),
            ]))
      }
    }
  }

  /// A run's name begins with the second in which it began.
  private func isStale(_ marker: String) -> Bool {
    let run = marker.dropFirst(ProbeRow.sentinel.count)
    guard let second = Int64(run.prefix { $0 != "-" }) else { return true }
    return nowSeconds - second > Self.staleAfterSeconds
  }
}

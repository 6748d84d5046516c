import AccessManifest
import DataAccess
import Schema

/// Every account x row x operation on a row, for the tables with row scopes.
struct RowMatrix: Sendable {
  let manifest: AccessManifest
  let tables: [TableDefinition]
  let run: String
  let changesRowsAtCursors: Bool

  /// A value of no account's scope: such a row is foreign to every account with a scope.
  static let unowned = "unowned"

  /// The rows that the proof needs: one for each account's scope, and one outside of every scope.
  let rows: [ProbeRow]

  init(manifest: AccessManifest, tables: [TableDefinition], run: String, changesRowsAtCursors: Bool) {
    self.manifest = manifest
    self.tables = tables
    self.run = run
    self.changesRowsAtCursors = changesRowsAtCursors
    rows = Self.scopedTables(of: manifest, tables).flatMap { table in
      let scopes = manifest.rowScopes(of: table.name)
      let columns = Set(scopes.map(\.column)).sorted()
      return (scopes + columns.map { RowScope(column: $0, value: Self.unowned) })
        .map { ProbeRow(table: table, scope: $0, run: run) }
    }
  }

  var scopedTables: [TableDefinition] { Self.scopedTables(of: manifest, tables) }

  private static func scopedTables(
    of manifest: AccessManifest, _ tables: [TableDefinition]
  ) -> [TableDefinition] {
    let names = Set(manifest.rowScopedTables)
    return tables.filter { names.contains($0.name) && (!manifest.isLive || ProbeRow.isPossible(in: $0)) }
  }

  /// The cells of one account. `identities` are the ids of the rows; a row that is not there has none, and no cell.
  func probes(for account: String, identities: [Int64?]) -> [DatabaseProbe] {
    zip(rows, identities).flatMap { (row, identity) -> [DatabaseProbe] in
      guard let identity else { return [] }
      return [insertion(account, row)] + addressed(account, row, identity) + byOtherWays(account, row)
    }
  }

  /// The cells that read a foreign row through a partition, a parent or a view of its table, by the columns that it has
  /// there. An allowance of the lint for that way leaves the cell out.
  private func byOtherWays(_ account: String, _ row: ProbeRow) -> [DatabaseProbe] {
    guard let declared = manifest.databaseAccount(named: account),
      case .allowedWithin(let scope) = manifest.mayDo(account, .select, on: row.table.name),
      scope != row.scope,
      let marker = ProbeRow.marker(of: row.table, beside: row.scope.column)?.name
    else { return [] }
    let needed = [row.scope.column, marker]
    return manifest.rowsByAnotherWay(of: declared).compactMap { way in
      guard way.table == row.table.name, !manifest.allows(way, for: declared),
        let shown = tables.first(where: { $0.name == way.relation }), !shown.isForeign,
        needed.allSatisfy({ name in
          shown.column(named: name) != nil
            && manifest.mayDo(account, .select, on: shown.name, column: name) != .denied
        })
      else { return nil }
      return DatabaseProbe(
        cell: ProofCell(
          .database, account: account, object: shown.name, verb: "select row of \(row.table.name)",
          row: row.name, expected: .unseen),
        statement: ProbeStatement(
          Operation(.select, table: shown.name),
          [
            .sql("SELECT 1 FROM "), .relation(shown.name), .sql(" WHERE "), .identifier(row.scope.column),
            .sql(" = "), .value(.text(row.scope.value)), .sql(" AND "), .identifier(marker), .sql(" = "),
            .value(.text(ProbeRow.sentinel + run)),
          ]), success: .aRowRead)
    }
  }

  /// Inserts a new row with the same scope. The insert is rolled back like every other cell.
  private func insertion(_ account: String, _ row: ProbeRow) -> DatabaseProbe {
    let fresh = ProbeRow(table: row.table, scope: row.scope, run: "\(run)-new")
    let permission = manifest.mayDo(account, .insert, on: row.table.name)
    return DatabaseProbe(
      cell: cell(account, "insert row", row, covers(permission, row) ? .allowed : .denied),
      statement: fresh.insertion, success: .aRowChanged)
  }

  /// The cells that address the row by its id, which needs the right to read the id.
  private func addressed(_ account: String, _ row: ProbeRow, _ identity: Int64) -> [DatabaseProbe] {
    guard let key = row.table.identity?.name else { return [] }
    let table = row.table.name
    let place: [ProbeStatement.Part] = [
      .sql(" WHERE "), .identifier(key), .sql(" = "), .value(.integer(identity)),
    ]
    let reading = DatabaseProbe(
      cell: cell(account, "select row", row, expectation(account, .select, row)),
      statement: ProbeStatement(
        Operation(.select, table: table),
        [.sql("SELECT "), .identifier(key), .sql(" FROM "), .relation(table)] + place),
      success: .aRowRead)
    let deleting = DatabaseProbe(
      cell: cell(account, "delete row", row, expectation(account, .delete, row)),
      statement: ProbeStatement(
        Operation(.delete, table: table), [.sql("DELETE FROM "), .relation(table)] + place),
      success: .aRowChanged)
    return [
      reading, change(account, row, place), move(account, row, place), moveAtCursor(account, row, place),
      deleting,
    ].compactMap { $0 }
  }

  /// A change that leaves the row in its scope.
  private func change(
    _ account: String, _ row: ProbeRow, _ place: [ProbeStatement.Part]
  ) -> DatabaseProbe? {
    guard let column = ProbeRow.marker(of: row.table, beside: row.scope.column) else { return nil }
    return DatabaseProbe(
      cell: cell(account, "update row", row, expectation(account, .update, row)),
      statement: update(row, column.name, .text("\(ProbeRow.sentinel)\(run)-changed"), place),
      success: .aRowChanged)
  }

  /// A change that moves the row to another scope. An account that writes only its own rows must not be able to.
  private func move(
    _ account: String, _ row: ProbeRow, _ place: [ProbeStatement.Part]
  ) -> DatabaseProbe {
    let expected: ProofCell.Expectation =
      switch manifest.mayDo(account, .update, on: row.table.name) {
      case .denied: .denied
      case .allowed: .allowed
      case .allowedWithin(let scope): scope == row.scope ? .denied : .unseen
      }
    return DatabaseProbe(
      cell: cell(account, "move row away", row, expected),
      statement: update(row, row.scope.column, .text("\(Self.unowned)-else"), place), success: .aRowChanged)
  }

  /// The same move at a cursor, whose statement reads nothing. Where a statement addresses the row by its id,
  /// PostgreSQL applies the policy for reading to the changed row too. That would hide a policy for writing that is
  /// too wide.
  private func moveAtCursor(
    _ account: String, _ row: ProbeRow, _ place: [ProbeStatement.Part]
  ) -> DatabaseProbe? {
    let table = row.table.name
    guard changesRowsAtCursors, let key = row.table.identity?.name,
      manifest.mayDo(account, .update, on: table) == .allowedWithin(row.scope)
    else { return nil }
    let opening: [ProbeStatement.Part] = [
      .sql("DECLARE bulkhead_probe CURSOR FOR SELECT "), .identifier(key), .sql(" FROM "), .relation(table),
    ]
    let other = Operation(.other, label: "position a cursor")
    return DatabaseProbe(
      cell: cell(account, "move row away at a cursor", row, .denied),
      preparation: [
        ProbeStatement(other, opening + place),
        ProbeStatement(other, [.sql("FETCH NEXT FROM bulkhead_probe")]),
      ],
      statement: update(
        row, row.scope.column, .text("\(Self.unowned)-else"), [.sql(" WHERE CURRENT OF bulkhead_probe")]),
      success: .aRowChanged)
  }

  private func update(
    _ row: ProbeRow, _ column: String, _ value: DatabaseValue, _ place: [ProbeStatement.Part]
  ) -> ProbeStatement {
    ProbeStatement(
      Operation(.update, table: row.table.name),
      [
        .sql("UPDATE "), .relation(row.table.name), .sql(" SET "), .identifier(column), .sql(" = "),
        .value(value),
      ]
        + place)
  }

  // MARK: Expectations

  private func expectation(_ account: String, _ verb: TableVerb, _ row: ProbeRow) -> ProofCell.Expectation {
    let permission = manifest.mayDo(account, verb, on: row.table.name)
    if permission == .denied { return .denied }
    return covers(permission, row) ? .allowed : .unseen
  }

  private func covers(_ permission: Permission, _ row: ProbeRow) -> Bool {
    switch permission {
    case .denied: false
    case .allowed: true
    case .allowedWithin(let scope): scope == row.scope
    }
  }

  private func cell(
    _ account: String, _ verb: String, _ row: ProbeRow, _ expected: ProofCell.Expectation
  ) -> ProofCell {
    ProofCell(
      .database, account: account, object: row.table.name, verb: verb, row: row.name, expected: expected)
  }
}

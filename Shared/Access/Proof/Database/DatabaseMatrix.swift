import AccessManifest
import DataAccess
import Schema

/// Every account x table x verb x column, as statements that change no row even where they are allowed.
///
/// Engines check permission first, so the statements need not touch a row. No constraint, lock or trigger can then
/// affect the outcome. The conditions are constants, because a condition on a column needs the right to read it.
struct DatabaseMatrix: Sendable {
  let manifest: AccessManifest
  let tables: [TableDefinition]
  let keepsIdentities: Bool
  /// The accounts that are tried; empty for all.
  var chosen: Set<String> = []

  /// The accounts of every service, and the administrator's, whose work row security must not hinder.
  var accounts: [String] {
    (manifest.databaseAccounts.map(\.name) + [manifest.administrators.databaseAccount])
      .filter { chosen.isEmpty || chosen.contains($0) }
  }

  /// The cells of one account that need no probe rows.
  ///
  /// A statement on a foreign table needs its server before the engine checks a permission, so these are left out.
  func probes(for account: String) -> [DatabaseProbe] {
    tables.filter { !$0.isForeign }.flatMap { table in
      table.columns.flatMap { column in
        verbs(on: table, column).map { probe(account, $0, table, column) }
      } + [anyColumn(account, table)]
        + (table.columns.isEmpty ? [] : [everyColumn(account, table)])
        + (isTried(.delete, on: table) ? [deletion(account, table)] : [])
    }
  }

  /// An engine refuses to write a computed column, and most views, before it checks a permission.
  private func verbs(on table: TableDefinition, _ column: ColumnDefinition) -> [TableVerb] {
    let verbs: [TableVerb] = column.isComputed ? [.select] : [.select, .insert, .update]
    return verbs.filter { isTried($0, on: table) }
  }

  /// A rule that replaces a statement does so before the engine checks a permission, and most views are not written.
  private func isTried(_ verb: TableVerb, on table: TableDefinition) -> Bool {
    verb == .select || (!table.isView && !table.replacedVerbs.contains(verb.rawValue))
  }

  private func probe(
    _ account: String, _ verb: TableVerb, _ table: TableDefinition, _ column: ColumnDefinition
  ) -> DatabaseProbe {
    DatabaseProbe(
      cell: cell(account, verb, table, column.name, permission(account, verb, table, column)),
      statement: statement(verb, table.name, column.name), success: .completion)
  }

  private func permission(
    _ account: String, _ verb: TableVerb, _ table: TableDefinition, _ column: ColumnDefinition
  ) -> Permission {
    let grant = manifest.databaseAccount(named: account)?.grant(verb, on: table.name)
    if keepsIdentities, !manifest.isLive, column.isIdentity, grant?.choosesIdentities == false {
      return .denied
    }
    return manifest.mayDo(account, verb, on: table.name, column: column.name)
  }

  private func statement(_ verb: TableVerb, _ table: String, _ column: String) -> ProbeStatement {
    switch verb {
    case .select:
      ProbeStatement(
        Operation(.select, table: table),
        [.sql("SELECT "), .identifier(column), .sql(" FROM "), .relation(table), .sql(" LIMIT 1")])
    case .insert:
      ProbeStatement(
        Operation(.insert, table: table),
        [
          .sql("INSERT INTO "), .relation(table), .sql(" ("), .identifier(column),
          .sql(") SELECT NULL WHERE "), .never,
        ])
    case .update:
      ProbeStatement(
        Operation(.update, table: table),
        [
          .sql("UPDATE "), .relation(table), .sql(" SET "), .identifier(column), .sql(" = NULL WHERE "),
          .never,
        ])
    case .delete:
      ProbeStatement(
        Operation(.delete, table: table), [.sql("DELETE FROM "), .relation(table), .sql(" WHERE "), .never])
    }
  }

  private func deletion(_ account: String, _ table: TableDefinition) -> DatabaseProbe {
    DatabaseProbe(
      cell: cell(account, .delete, table, nil, manifest.mayDo(account, .delete, on: table.name)),
      statement: statement(.delete, table.name, ""), success: .completion)
  }

  /// Reading a row without its columns needs the right to read any one of them.
  private func anyColumn(_ account: String, _ table: TableDefinition) -> DatabaseProbe {
    DatabaseProbe(
      cell: cell(account, .select, table, "no column", manifest.mayDo(account, .select, on: table.name)),
      statement: ProbeStatement(
        Operation(.select, table: table.name),
        [.sql("SELECT 1 FROM "), .relation(table.name), .sql(" LIMIT 1")]),
      success: .completion)
  }

  /// Reading all columns needs the right to read each. The statement names them, because `*` would include columns
  /// that a newer release added and this manifest does not name.
  private func everyColumn(_ account: String, _ table: TableDefinition) -> DatabaseProbe {
    let isAll = table.columns.allSatisfy {
      manifest.mayDo(account, .select, on: table.name, column: $0.name) != .denied
    }
    let columns = table.columns.flatMap { [ProbeStatement.Part.sql(", "), .identifier($0.name)] }.dropFirst()
    return DatabaseProbe(
      cell: cell(account, .select, table, "*", isAll ? .allowed : .denied),
      statement: ProbeStatement(
        Operation(.select, table: table.name),
        [.sql("SELECT ")] + columns + [.sql(" FROM "), .relation(table.name), .sql(" LIMIT 1")]),
      success: .completion)
  }

  private func cell(
    _ account: String, _ verb: TableVerb, _ table: TableDefinition, _ column: String?,
    _ permission: Permission
  ) -> ProofCell {
    ProofCell(
      .database, account: account, object: table.name, verb: verb.rawValue, column: column,
      expected: permission == .denied ? .denied : .allowed)
  }
}

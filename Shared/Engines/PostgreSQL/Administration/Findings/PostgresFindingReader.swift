import DataAccess
import Migrations
import Schema

extension PostgresCatalogReader {
  /// Reads what no list of grants shows, with one query.
  func readFindings(into state: inout PostgresState) async throws(DatabaseError) {
    let rows = try await rows(isLive ? PostgresFindingQueries.live : PostgresFindingQueries.all)
    for row in 0..<rows.rowCount {
      let kind = try rows.text(row, 0)
      let (schema, name) = (try rows.optionalText(row, 1), try rows.text(row, 2))
      let (account, detail) = (try rows.optionalText(row, 3), try rows.optionalText(row, 4))
      switch kind {
      case "key":
        let columns = (detail ?? "").split(separator: "\u{1F}").map(String.init)
        state.keys.insert(PostgresKey(table: name, columns: columns))
      case "constraint": state.constraints.insert(PostgresConstraint(table: name, name: detail ?? ""))
      case "default":
        if let found = PostgresDefault(table: name, column: detail ?? "", sql: account ?? "") {
          state.defaults.insert(found)
        }
      case "sampled column":
        state.sampledColumns.insert(
          PostgresSampledColumn(
            table: name, column: detail ?? "", type: account ?? "text", isAnalyzed: schema != nil))
      case "owner right":
        guard let object = PostgresObject.Kind(rawValue: schema ?? "") else { continue }
        state.missingOwnerRights.insert(Self.ownerRight(detail, on: object, name, of: account ?? ""))
      default:
        guard let kind = PostgresFinding.Kind(rawValue: kind) else { continue }
        // As it is, such a name looks like another one, and is equal to it.
        let name = kind == .decomposedName ? name.escapedAsASCII : name
        state.findings.insert(
          PostgresFinding(kind, schema: schema, name: name, account: account, detail: detail))
      }
    }
    try await readAuthenticationRules(into: &state)
    state.hasNewerSchema = isLive ? false : try await hasNewerSchema(state)
  }

  private static func ownerRight(
    _ privilege: String?, on kind: PostgresObject.Kind, _ name: String, of owner: String
  ) -> PostgresPrivilege {
    let isInSchema = kind == .table || kind == .sequence
    return PostgresPrivilege(
      privilege ?? "", on: PostgresObject(kind, schema: isInSchema ? PostgresSQL.schema : nil, name: name),
      to: .role(owner), by: owner)
  }

  /// Only a superuser, and a role with both grants below, may read the rules of `pg_hba.conf`.
  private func readAuthenticationRules(into state: inout PostgresState) async throws(DatabaseError) {
    guard state.readsAuthenticationRules else { return }
    let rows = try await rows(PostgresFindingQueries.authenticationRules)
    for row in 0..<rows.rowCount {
      state.findings.insert(
        PostgresFinding(.authenticationRule, name: try rows.text(row, 0), detail: try rows.text(row, 1)))
    }
  }

  /// Whether a newer release has migrated the database: its objects are then no deviation. Reads the version only where
  /// there is an object to explain.
  private func hasNewerSchema(_ state: PostgresState) async throws(DatabaseError) -> Bool {
    let versions = PostgresObject.table(SchemaMigrations.definition.name)
    let tables = Dictionary(uniqueKeysWithValues: Schema.tables.map { ($0.name, $0) })
    let isNeeded =
      state.findings.contains { $0.isOfMigrations && tables[$0.name] == nil }
      || state.sampledColumns.contains { tables[$0.table]?.column(named: $0.column) == nil }
      || state.hasUnknownRules(beside: tables)
    guard isNeeded, state.owners[versions] != nil, try await mayRead(versions) else { return false }
    let rows = try await rows("SELECT coalesce(max(version), 0)::bigint FROM \(versions.qualified)")
    return try rows.integer(0, 0) > Int64(Migration.all.last?.version ?? 0)
  }

  /// Where another role owns the schema, the administrator may not. A statement that fails would end the transaction.
  private func mayRead(_ table: PostgresObject) async throws(DatabaseError) -> Bool {
    let rows = try await rows(
      """
      SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = \(PostgresSQL.literal(table.schema ?? "")) AND c.relname = \(PostgresSQL.literal(table.name))
      """)
    return rows.rowCount > 0 ? try rows.boolean(0, 0) : false
  }
}

extension String {
  /// The text with every other character as its number.
  var escapedAsASCII: String { unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}

import AccessManifest
import Schema

/// Reads the grants of one role on a table, and the policies that limit them to rows.
struct ImportedGrants {
  /// The role, and the groups whose rights it inherits.
  private let holders: Set<String>
  private let source: PostgresImport
  private let entries: [PostgresObject: [PostgresPrivilege]]

  init(holders: [String], source: PostgresImport, entries: Set<PostgresPrivilege>) {
    self.holders = Set(holders)
    self.source = source
    self.entries = Dictionary(grouping: entries, by: \.object)
  }

  func grants(on table: TableDefinition) -> (grants: [TableGrant], doubts: [String]) {
    guard let here = entries[PostgresObject.relation(table)] else { return ([], []) }
    var found: [TableGrant] = []
    var doubts: [String] = []
    for verb in TableVerb.allCases {
      let privileges = here.filter { $0.privilege == verb.rawValue.uppercased() }
      guard !privileges.isEmpty else { continue }
      let named = table.columns.map(\.name).filter { name in privileges.contains { $0.column == name } }
      let isWhole = privileges.contains { $0.column == nil }
      let plain = TableGrant(table: table.name, verb: verb, columns: isWhole ? .all : .only(named))
      if isWhole, !named.isEmpty {
        doubts.append(
          "it has \(verb.rawValue) on \(table.name) and again on columns of it: `plan` takes the latter")
      }
      found.append(scoped(plain, on: table))
    }
    return (found, doubts + rowDoubts(found, on: table))
  }

  /// The grant within the rows of the policy that says the same as such a grant.
  private func scoped(_ grant: TableGrant, on table: TableDefinition) -> TableGrant {
    guard source.sayableRows.contains(table.name) else { return grant }
    let scopes = source.policies(on: table).compactMap { policy -> RowScope? in
      guard let role = policy.roles.first, holders.contains(role) else { return nil }
      return policy.scope(saidBy: grant.verb, on: table)
    }
    return TableGrant(table: grant.table, verb: grant.verb, columns: grant.columns, rows: scopes.first)
  }

  /// A table keeps its row security as it is where a manifest cannot say all of it: else one account with `rows:` would
  /// open every row to the others.
  private func rowDoubts(_ grants: [TableGrant], on table: TableDefinition) -> [String] {
    guard !grants.isEmpty, source.state.rowSecurity[table.name]?.isEnabled == true,
      !source.sayableRows.contains(table.name)
    else { return [] }
    let policies = source.policies(on: table).filter { policy in
      policy.roles.contains { $0 == "PUBLIC" || holders.contains($0) }
    }
    guard !policies.isEmpty else {
      return ["\(table.name) has row security and no policy for it, so it reaches no row there"]
    }
    return policies.map {
      "the policy \"\($0.name)\" on \(table.name) (\($0.words)) stays as it is: this file cannot say every condition there"
    }
  }
}

extension PostgresPolicy {
  /// The row scope with which a grant of this verb would make the same policy; nil where none does.
  func scope(saidBy verb: TableVerb, on table: TableDefinition) -> RowScope? {
    guard let role = roles.first, let condition = using ?? check else { return nil }
    let parts = condition.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count == 3 else { return nil }
    for column in table.columns where RowScopeRule.problem(with: String(parts[1]), in: column) == nil {
      let scope = RowScope(column: column.name, value: String(parts[1]))
      let candidate = TableGrant(table: table.name, verb: verb, rows: scope)
      if PostgresPolicy(candidate, for: role, on: table).isTwin(of: self) { return scope }
    }
    return nil
  }

  /// Whether a manifest says it: one condition on a column for one role and verb, or none at all.
  func isSayable(as verb: TableVerb, on table: TableDefinition) -> Bool {
    guard let role = roles.first, roles.count == 1 else { return false }
    return scope(saidBy: verb, on: table) != nil
      || PostgresPolicy(TableGrant(table: table.name, verb: verb), for: role, on: table).isTwin(of: self)
  }
}

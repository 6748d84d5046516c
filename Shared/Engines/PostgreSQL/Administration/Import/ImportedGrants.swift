import AccessManifest
import Schema

/// Reads the grants of one role on a table, and the policies that limit them to rows.
struct ImportedGrants {
  let account: String
  let state: PostgresState
  let own: Set<PostgresPrivilege>

  /// The tables whose row security the manifest says whole: see ``saysRows(of:accounts:state:)``.
  let scopedTables: Set<String>

  /// Whether a manifest says the row security of the table whole: every grant of these accounts has its policy, and
  /// every policy belongs to such a grant.
  ///
  /// One grant with `rows:` makes the manifest responsible for all policies of a table. An account without a policy,
  /// which sees no row, would then see all.
  static func saysRows(of table: TableDefinition, accounts: [String], state: PostgresState) -> Bool {
    guard state.rowSecurity[table.name]?.isEnabled == true else { return false }
    var said: [PostgresPolicy] = []
    for account in accounts {
      let own = state.privileges.filter { $0.grantee == .role(account) }
      let reader = ImportedGrants(account: account, state: state, own: own, scopedTables: [])
      for grant in reader.plainGrants(on: table) {
        guard let policy = reader.said(grant, on: table)?.policy else { return false }
        said.append(policy)
      }
    }
    let policies = state.policies.filter { $0.table == table.name }
    return !policies.isEmpty && policies.allSatisfy { policy in said.contains { $0.isTwin(of: policy) } }
  }

  func grants(on table: TableDefinition) -> (grants: [TableGrant], doubts: [String]) {
    let plain = plainGrants(on: table)
    let isScoped = scopedTables.contains(table.name)
    let found = isScoped ? plain.map { said($0, on: table)?.grant ?? $0 } : plain
    let doubled = plain.filter { $0.columns == .all && !columns(of: $0.verb, on: table).isEmpty }.map {
      "it has \($0.verb.rawValue) on \(table.name) and again on columns of it: `plan` takes the latter"
    }
    return (found, doubled + (isScoped || found.isEmpty ? [] : rowDoubts(on: table)))
  }

  /// The grants without rows.
  private func plainGrants(on table: TableDefinition) -> [TableGrant] {
    TableVerb.allCases.compactMap { verb in
      let isWhole = privileges(of: verb, on: table).contains { $0.column == nil }
      let named = columns(of: verb, on: table)
      guard isWhole || !named.isEmpty else { return nil }
      return TableGrant(table: table.name, verb: verb, columns: isWhole ? .all : .only(named))
    }
  }

  private func privileges(of verb: TableVerb, on table: TableDefinition) -> Set<PostgresPrivilege> {
    let object = PostgresObject.relation(table)
    return own.filter { $0.object == object && $0.privilege == verb.rawValue.uppercased() }
  }

  private func columns(of verb: TableVerb, on table: TableDefinition) -> [String] {
    let privileges = privileges(of: verb, on: table)
    return table.columns.map(\.name).filter { name in privileges.contains { $0.column == name } }
  }

  /// The grant within the rows of a policy that says the same, and that policy; nil without such a policy.
  private func said(_ grant: TableGrant, on table: TableDefinition) -> (
    grant: TableGrant, policy: PostgresPolicy
  )? {
    for policy in state.policies where policy.table == table.name && policy.roles == [account] {
      if PostgresPolicy(grant, for: account, on: table).isTwin(of: policy) { return (grant, policy) }
      guard let condition = policy.using ?? policy.check, let value = Self.literal(in: condition) else {
        continue
      }
      for column in table.columns where RowScopeRule.problem(with: value, in: column) == nil {
        let candidate = TableGrant(
          table: grant.table, verb: grant.verb, columns: grant.columns,
          rows: RowScope(column: column.name, value: value))
        if PostgresPolicy(candidate, for: account, on: table).isTwin(of: policy) {
          return (candidate, policy)
        }
      }
    }
    return nil
  }

  /// What the reader must judge about a table with row security that no `rows:` says.
  private func rowDoubts(on table: TableDefinition) -> [String] {
    guard state.rowSecurity[table.name]?.isEnabled == true else { return [] }
    let policies = state.policies.filter { policy in
      policy.table == table.name && (policy.roles.contains(account) || policy.roles.contains("PUBLIC"))
    }
    let kept =
      "row security of \(table.name) is not in this file and stays as it is: a `rows:` here would replace all its "
      + "policies, and an account without `rows:` would then see every row"
    return [kept]
      + policies.map { "the policy \"\($0.name)\" on \(table.name) (\($0.words)) limits it now" }.sorted()
  }

  private static func literal(in condition: String) -> String? {
    let parts = condition.split(separator: "'", omittingEmptySubsequences: false)
    return parts.count == 3 ? String(parts[1]) : nil
  }
}

import AccessManifest
import Schema

/// Reads the grants of one role on a table, and the policies that limit them to rows.
struct ImportedGrants {
  let account: String
  let state: PostgresState
  let own: Set<PostgresPrivilege>

  func grants(on table: TableDefinition) -> (grants: [TableGrant], doubts: [String]) {
    let object = PostgresObject.relation(table)
    let here = own.filter { $0.object == object }
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
    guard state.rowSecurity[table.name]?.isEnabled == true else { return grant }
    for policy in state.policies where policy.table == table.name && policy.roles == [account] {
      guard let condition = policy.using ?? policy.check, let value = Self.literal(in: condition) else {
        continue
      }
      for column in table.columns where Self.isText(column.type) {
        let candidate = TableGrant(
          table: grant.table, verb: grant.verb, columns: grant.columns,
          rows: RowScope(column: column.name, value: value))
        if PostgresPolicy(candidate, for: account, on: table).isTwin(of: policy) { return candidate }
      }
    }
    return grant
  }

  private func rowDoubts(_ grants: [TableGrant], on table: TableDefinition) -> [String] {
    guard !grants.isEmpty, state.rowSecurity[table.name]?.isEnabled == true else { return [] }
    let policies = state.policies.filter { policy in
      policy.table == table.name && (policy.roles.contains(account) || policy.roles.contains("PUBLIC"))
    }
    return policies.filter { policy in
      !grants.contains { $0.rows != nil && PostgresPolicy($0, for: account, on: table).isTwin(of: policy) }
    }.map { "the policy \"\($0.name)\" on \(table.name) (\($0.words)) is no condition on one column" }
      .sorted()
  }

  private static func literal(in condition: String) -> String? {
    let parts = condition.split(separator: "'", omittingEmptySubsequences: false)
    return parts.count == 3 ? String(parts[1]) : nil
  }

  private static func isText(_ type: ColumnType) -> Bool {
    switch type {
    case .varchar, .text: true
    case .bigint, .integer, .boolean, .char, .json, .timestamp, .date, .other: false
    }
  }
}

/// The row security of a database that was not made here.
extension PostgresState {
  /// Row security stays as it is where the manifest limits no rows. Elsewhere the policies of others stay too, and one
  /// that says what the manifest says counts under any name. `limited` are the tables where it is this tool's.
  mutating func takeRowSecurity(of actual: PostgresState, limited: Set<String>) {
    let scoped = Set(rowSecurity.filter(\.value.isEnabled).keys)
    let ended = endedRowSecurity(in: actual)
    for table in ended { rowSecurity[table] = RowSecurity(isEnabled: false, isForced: false) }
    for (table, found) in actual.rowSecurity where rowSecurity[table] != nil && !ended.contains(table) {
      let isScoped = scoped.contains(table)
      let isForced = limited.contains(table) ? bindsOwner(of: table, in: actual) : found.isForced
      rowSecurity[table] = RowSecurity(isEnabled: isScoped || found.isEnabled, isForced: isForced)
      if isScoped, !isForced, !limited.contains(table) {
        policies = policies.filter { !($0.table == table && $0.command == .all) }
      }
    }
    takePolicies(of: actual, scoped: scoped, ended: ended, limited: limited)
  }

  /// Whether row security that this tool switches on shall bind the table's owner. An owner of others keeps its rows, its
  /// COPY and its backup, which row security would refuse.
  private func bindsOwner(of table: String, in actual: PostgresState) -> Bool {
    scope.isStrict || actual.owners[.table(table)].map { roles[$0] != nil } ?? true
  }

  /// A name that the manifest gives to a policy of its own is not taken from the database.
  private mutating func takePolicies(
    of actual: PostgresState, scoped: Set<String>, ended: Set<String>, limited: Set<String>
  ) {
    let accounts = Set(credentials.keys)
    let declared = Dictionary(grouping: policies, by: \.table)
    var rest: [PostgresPolicy] = []
    for policy in actual.policies where !ended.contains(policy.table) {
      if policy.keepsRowsOfOthers, !scope.isStrict, limited.contains(policy.table) { continue }
      let twins = declared[policy.table, default: []].filter { $0.isTwin(of: policy) }
      let isOurs =
        scoped.contains(policy.table)
        && policy.roles.contains { accounts.contains($0) || ($0 == "PUBLIC" && policy.isPermissive) }
      if twins.isEmpty {
        if !isOurs { rest.append(policy) }
      } else {
        policies.subtract(twins)
        policies.insert(policy)
      }
    }
    let names = Set(policies.map(\.key))
    policies.formUnion(rest.filter { !names.contains($0.key) })
  }

  /// The tables whose row security this tool switched on for an account that no longer limits rows there: each of their
  /// policies is the tool's own, and none limits an account that stays. The manifest may have left such a table, too.
  private func endedRowSecurity(in actual: PostgresState) -> Set<String> {
    let own = Set(credentials.keys).union([administrator])
      .union(PostgresComparison(declared: self, actual: actual).retired)
    let policies = Dictionary(grouping: actual.policies, by: \.table)
    return Set(
      actual.rowSecurity.filter { table, found in
        guard found.isEnabled, rowSecurity[table]?.isEnabled != true, let here = policies[table] else {
          return false
        }
        return here.contains(.forAdministrator(administrator, table: table))
          && here.allSatisfy { $0.isOfOwnForm(for: own) }
      }.keys)
  }
}

extension PostgresPolicy {
  /// Whether this tool writes policies of this name, for one of these roles.
  func isOfOwnForm(for own: Set<String>) -> Bool {
    if keepsRowsOfOthers { return true }
    guard let role = roles.first, roles.count == 1, own.contains(role) else { return false }
    return name == "\(role) \(command.rawValue.lowercased())"
  }

  /// Whether both say the same, under any name.
  func isTwin(of other: PostgresPolicy) -> Bool {
    table == other.table && isPermissive == other.isPermissive && roles == other.roles
      && command == other.command && using == other.using && check == other.check
  }
}

import AccessPlanning

/// The rows that roles of others keep where the manifest limits the rows of its own accounts.
///
/// Outside of the mode strict, roles that the manifest does not name keep what they have. Row security takes every row from
/// a role without a policy. So one policy names all of those roles, and each run compares it with those that there are.
extension PostgresState {
  /// The tables whose rows the manifest limits, and whose row security is this tool's: it is off, or the policy is there
  /// that the tool writes where it switches row security on. Others decide who reads a table with row security of theirs.
  func limitedTables(in actual: PostgresState) -> Set<String> {
    let marked = Set(scope.isStrict ? [] : actual.policies.filter(\.keepsRowsOfOthers).map(\.table))
    return Set(
      rowSecurity.filter { table, declared in
        guard declared.isEnabled, let found = actual.rowSecurity[table] else { return false }
        return !found.isEnabled || marked.contains(table)
      }.keys)
  }

  /// Declares the policy of others on each of the tables.
  mutating func keepRows(ofOthersIn actual: PostgresState, on tables: Set<String>) {
    guard !scope.isStrict, !tables.isEmpty else { return }
    let own = Set(roles.keys).union(PostgresComparison(declared: self, actual: actual).retired)
    let entries = actual.rowPrivileges(on: tables)
    let present = Dictionary(grouping: actual.policies.filter { tables.contains($0.table) }, by: \.table)
    var added: [PostgresPolicy] = []
    for table in tables {
      let here = present[table] ?? []
      let kept = Set(here.filter(\.keepsRowsOfOthers).flatMap(\.roles))
      // Where row security is on, a role with a policy of its own reads what that says.
      let judged =
        actual.rowSecurity[table]?.isEnabled == true
        ? Set(here.filter { !$0.keepsRowsOfOthers }.flatMap(\.roles)).subtracting(kept) : []
      let others = actual.readers(of: table, by: entries[table] ?? []).subtracting(judged).union(kept)
        .subtracting(own).subtracting(["PUBLIC"])
      if !others.isEmpty { added.append(PostgresPolicy(forOthers: others, table: table)) }
    }
    let names = Set(added.map(\.key))
    policies = policies.filter { !names.contains($0.key) }.union(added)
    if scope.isAdditive { holdBack(tables, entries, in: actual) }
  }

  /// The roles that may reach every row of the table. Members of the predefined roles have no entry of their own, and may
  /// come at any time.
  fileprivate func readers(of table: String, by entries: [PostgresPrivilege]) -> Set<String> {
    var found = PostgresPolicy.readersOfAllData
    if let owner = owners[.table(table)] { found.insert(owner) }
    for case .role(let name) in entries.map(\.grantee) { found.insert(name) }
    return found
  }

  /// The entries for rows of each of the tables, and of its columns.
  fileprivate func rowPrivileges(on tables: Set<String>) -> [String: [PostgresPrivilege]] {
    let names = Dictionary(
      tables.map { (PostgresObject.table($0), $0) }, uniquingKeysWith: { first, _ in first })
    var found: [String: [PostgresPrivilege]] = [:]
    for privilege in privileges where PostgresPolicy.Command(rawValue: privilege.privilege) != nil {
      if let table = names[privilege.object] { found[table, default: []].append(privilege) }
    }
    return found
  }

  // MARK: The mode additive

  /// Row security would take rows from an account of the manifest that holds more than the manifest says, and from those
  /// who have PUBLIC's right. The mode additive takes nothing away, so there it stays off, and what the manifest limits to
  /// some rows is not granted.
  private mutating func holdBack(
    _ tables: Set<String>, _ entries: [String: [PostgresPrivilege]], in actual: PostgresState
  ) {
    for table in tables where actual.rowSecurity[table]?.isEnabled == false {
      if (entries[table] ?? []).contains(where: { isNarrowed($0, on: table) }) { unguarded.insert(table) }
    }
    for (table, privileges) in rowPrivileges(on: unguarded) {
      withheld.formUnion(privileges.filter { isNarrowed($0, on: table) && !actual.privileges.contains($0) })
    }
  }

  /// Whether row security, as the manifest declares it, hides rows that the entry shows.
  private func isNarrowed(_ privilege: PostgresPrivilege, on table: String) -> Bool {
    guard case .role(let role) = privilege.grantee else { return true }
    guard credentials[role] != nil else { return false }
    return !policies.contains { policy in
      policy.table == table && policy.command.rawValue == privilege.privilege && policy.roles == [role]
        && policy.hidesNothing
    }
  }
}

extension PostgresPlanner {
  /// What an operator does about rows that the mode additive leaves open.
  func remedy(forUnguarded difference: PostgresDifference) -> String? {
    if case .rowSecurity(let table, _, _) = difference, declared.unguarded.contains(table) {
      return
        "the mode additive takes no rows away: revoke what the manifest does not grant there, or choose another mode"
    }
    if case .privilegeMissing(let privilege) = difference, declared.withheld.contains(privilege) {
      return "without row security it would show every row"
    }
    return nil
  }
}

extension PostgresComparison {
  /// Tables whose row security may be this tool's of an earlier release, and hides every row from roles of others.
  var othersWithoutRows: [Deviation] {
    guard !scope.isStrict else { return [] }
    let tables = Set(declared.rowSecurity.filter(\.value.isEnabled).keys).filter { table in
      actual.rowSecurity[table]?.isEnabled == true && declared.isEarlierRelease(table, in: actual)
    }
    let entries = actual.rowPrivileges(on: tables)
    return tables.sorted().compactMap { table in
      let named = actual.policies.filter { $0.table == table }.flatMap(\.roles)
      guard !named.contains("PUBLIC") else { return nil }
      var hidden = actual.readers(of: table, by: entries[table] ?? []).subtracting(named)
        .subtracting(declared.roles.keys).subtracting(PostgresPolicy.readersOfAllData)
      if let owner = actual.owners[.table(table)], actual.rowSecurity[table]?.isForced == false {
        hidden.remove(owner)
      }
      guard !hidden.isEmpty else { return nil }
      let policy = PostgresPolicy(forOthers: hidden, table: table)
      let names = policy.roles.joined(separator: ", ")
      return Deviation(
        .remark, account: names, object: table, privilege: Deviation.policyPrefix + policy.name,
        message:
          "row security of \(table) shows no row to \(names), which no policy names; where they shall have their "
          + "rows, run \(policy.creation), and `bulkhead access apply` keeps that policy from then on")
    }
  }
}

extension PostgresState {
  /// Whether the table has the administrator's policy, and not the one for others.
  fileprivate func isEarlierRelease(_ table: String, in actual: PostgresState) -> Bool {
    actual.policies.contains(.forAdministrator(administrator, table: table))
      && !actual.policies.contains { $0.table == table && $0.keepsRowsOfOthers }
  }
}

extension PostgresPolicy {
  /// The name of the policy that keeps the rows of a table visible to roles of others.
  static let nameForOthers = "rows of others"

  /// The predefined roles whose members reach every table without an entry of their own.
  static let readersOfAllData: Set = ["pg_read_all_data", "pg_write_all_data"]

  /// Makes the policy that shows every row to roles of others.
  init(forOthers roles: Set<String>, table: String) {
    self.init(
      table: table, name: Self.nameForOthers, roles: roles.sorted(), command: .all, using: "true",
      check: "true")
  }

  /// Whether it is the one that this tool writes for roles of others, where it switches row security on.
  var keepsRowsOfOthers: Bool {
    name == Self.nameForOthers && command == .all && isPermissive && using == "true" && check == "true"
  }

  /// Whether it admits every row of its command.
  var hidesNothing: Bool { isPermissive && (using ?? "true") == "true" && (check ?? "true") == "true" }

  /// Whether it takes no row from a role that has them by `other`.
  func isWider(than other: PostgresPolicy) -> Bool {
    hidesNothing && command == other.command && Set(roles).isSuperset(of: other.roles)
  }
}

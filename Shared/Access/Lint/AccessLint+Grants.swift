import AccessManifest
import Schema

/// Rules on one grant, or on the grants of one account.
extension AccessLint {
  var grantHits: [AccessHit] {
    manifest.databaseAccounts.flatMap { account in
      account.grants.flatMap { grant -> [AccessHit] in
        guard let table = table(named: grant.table) else { return [] }
        return [
          unusableRowScope(grant, table, account), hiddenColumns(grant, table, account),
          writeWithoutRead(grant, table, account), nullableRowScope(grant, table, account),
        ].compactMap { $0 } + tellingKeys(grant, table, account) + tellingReferences(grant, table, account)
      }
    }
  }

  /// An insert within rows must write the scope's column, unless the column's default is the scope's value.
  private func unusableRowScope(
    _ grant: TableGrant, _ table: TableDefinition, _ account: DatabaseAccount
  ) -> AccessHit? {
    guard grant.verb == .insert, let scope = grant.rows, !grant.columns.contains(scope.column) else {
      return nil
    }
    if case .text(scope.value)? = table.column(named: scope.column)?.defaultValue { return nil }
    return AccessHit(
      .unusableRowScope, account: account.name, object: table.name,
      at: [manifest.place(of: grant, for: account)],
      "\(account.name) may insert into \(table.name) within \(scope.words), and may not write \(scope.column)"
    )
  }

  private func hiddenColumns(
    _ grant: TableGrant, _ table: TableDefinition, _ account: DatabaseAccount
  ) -> AccessHit? {
    guard case .only(let names) = grant.columns, Set(names) == Set(table.columns.map(\.name)) else {
      return nil
    }
    return AccessHit(
      .hiddenColumnGrant, account: account.name, object: table.name,
      at: [manifest.place(of: grant, for: account)],
      "\(account.name) has \(grant.verb.rawValue) on a list that names every column of \(table.name)")
  }

  private func nullableRowScope(
    _ grant: TableGrant, _ table: TableDefinition, _ account: DatabaseAccount
  ) -> AccessHit? {
    guard let scope = grant.rows, table.column(named: scope.column)?.isNullable == true else { return nil }
    return AccessHit(
      .nullableRowScope, account: account.name, object: table.name,
      at: [manifest.place(of: grant, for: account)],
      "\(account.name) has \(grant.verb.rawValue) on \(table.name) within \(scope.words), and \(scope.column) may be NULL"
    )
  }

  /// A foreign key is checked against every row, the hidden ones too.
  private func tellingReferences(
    _ grant: TableGrant, _ table: TableDefinition, _ account: DatabaseAccount
  ) -> [AccessHit] {
    guard grant.verb == .insert || grant.verb == .update else { return [] }
    return table.references.filter { grant.columns.contains($0.column) }.compactMap { reference in
      let key = self.table(named: reference.table)?.identity?.name
      if let seen = read(of: reference.table, by: account), seen.rows == nil,
        key.map(seen.columns.contains) ?? true
      {
        return nil
      }
      return AccessHit(
        .tellingReference, account: account.name, object: table.name,
        at: [manifest.place(of: grant, for: account)],
        "\(account.name) may write \(table.name).\(reference.column), which refers to \(reference.table), and may not "
          + "read every key there")
    }
  }

  private func writeWithoutRead(
    _ grant: TableGrant, _ table: TableDefinition, _ account: DatabaseAccount
  ) -> AccessHit? {
    guard grant.verb == .update || grant.verb == .delete else { return nil }
    let readable = read(of: table.name, by: account)?.columns
    let keys = [table.identity.map { [$0.name] }].compactMap { $0 } + table.uniqueKeys
    if let readable, keys.isEmpty || keys.contains(where: { $0.allSatisfy(readable.contains) }) { return nil }
    return AccessHit(
      .writeWithoutRead, account: account.name, object: table.name,
      at: [manifest.place(of: grant, for: account)],
      "\(account.name) has \(grant.verb.rawValue) on \(table.name), and may read no key of it")
  }

  /// A write within rows meets the hidden rows in each unique key without the scope's column. An identity counts where
  /// the account may choose it.
  private func tellingKeys(
    _ grant: TableGrant, _ table: TableDefinition, _ account: DatabaseAccount
  ) -> [AccessHit] {
    guard grant.verb == .insert || grant.verb == .update, let scope = grant.rows else { return [] }
    let identity = table.identity.map { [[$0.name]] } ?? []
    let indexes = table.indexes.filter(\.isUnique).map(\.columns)
    let keys = table.uniqueKeys + indexes + (grant.choosesIdentities ? identity : [])
    let written = keys.filter { !$0.contains(scope.column) && $0.contains(where: grant.columns.contains) }
    return written.map { key in
      AccessHit(
        .tellingUniqueKey, account: account.name, object: table.name,
        at: [manifest.place(of: grant, for: account)],
        "\(account.name) may \(grant.verb.rawValue) rows of \(table.name) within \(scope.words), and the unique key "
          + "(\(key.joined(separator: ", "))) spans all rows")
    }
  }
}

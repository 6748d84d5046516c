import AccessManifest
import Schema

/// Rules on what accounts share.
extension AccessLint {
  var sharingHits: [AccessHit] {
    let writers = writers
    return tables.flatMap { sharedWriters(of: $0, among: writers[$0.name] ?? []) } + secretReaders
      + shadowedKeys
  }

  // MARK: Writers

  private typealias Writer = (account: DatabaseAccount, grants: [TableGrant])

  /// The accounts that write each table, with their grants.
  private var writers: [String: [Writer]] {
    var found: [String: [Writer]] = [:]
    for account in manifest.databaseAccounts {
      let byTable = Dictionary(grouping: account.grants.filter(\.verb.isWrite), by: \.table)
      for (table, grants) in byTable { found[table, default: []].append((account, grants)) }
    }
    return found
  }

  /// One hit for each account that writes rows which an account before it writes too. The owner's accounts come first,
  /// because the others are guests on its table.
  private func sharedWriters(of table: TableDefinition, among writers: [Writer]) -> [AccessHit] {
    let ordered =
      writers.filter { owns($0.account, table.name) } + writers.filter { !owns($0.account, table.name) }
    return ordered.indices.compactMap { index in
      let (account, grants) = ordered[index]
      let others = ordered[..<index].filter { other in
        grants.contains { grant in other.grants.contains { !$0.isApart(from: grant) } }
      }.map(\.account.name)
      guard !others.isEmpty else { return nil }
      return AccessHit(
        .sharedWriters, account: account.name, object: table.name,
        at: grants.map { manifest.place(of: $0, for: account) },
        "\(account.name) writes rows of \(table.name) that \(others.joined(separator: ", ")) may write too")
    }
  }

  /// Whether the account's service, or the one that it is part of, owns the table.
  private func owns(_ account: DatabaseAccount, _ table: String) -> Bool {
    guard case .service(let owner)? = manifest.owners[table] else { return false }
    let service = manifest.services.first { $0.name == account.service }
    return owner == account.service || owner == service?.partOf
  }

  // MARK: Secrets

  /// One hit for each account that reads a secret column after its first reader; the owner's accounts come first.
  private var secretReaders: [AccessHit] {
    tables.flatMap { table -> [AccessHit] in
      let secrets = manifest.lint.secretColumns[table.name] ?? []
      let readers = manifest.databaseAccounts.filter { account in
        secrets.contains { read(of: table.name, by: account)?.columns.contains($0) == true }
      }
      let ordered = readers.filter { owns($0, table.name) } + readers.filter { !owns($0, table.name) }
      let first = ordered.first.map { owns($0, table.name) } ?? false ? 1 : 0
      let isOwned = if case .service? = manifest.owners[table.name] { true } else { false }
      // On a table without an owner, the first reader is the one that the secret is for.
      return ordered.dropFirst(isOwned ? first : 1).compactMap { reader in
        reads(secrets, of: table.name, by: reader)
      }
    }
  }

  private func reads(_ secrets: [String], of table: String, by reader: DatabaseAccount) -> AccessHit? {
    guard let grant = read(of: table, by: reader) else { return nil }
    let seen = secrets.filter(grant.columns.contains)
    return AccessHit(
      .readableSecret, account: reader.name, object: table, at: [manifest.place(of: grant, for: reader)],
      "\(reader.name) may read \(seen.map { "\(table).\($0)" }.joined(separator: ", ")), a secret of another account"
    )
  }

  // MARK: The cache

  /// Patterns of one account that cover each other, and patterns that reach another service's keys. Services that are
  /// parts of one share its keys.
  private var shadowedKeys: [AccessHit] {
    let all = manifest.cacheAccounts.flatMap { account in account.keys.map { (account: account, key: $0) } }
    return all.indices.flatMap { index in
      all.indices.filter { $0 != index }.compactMap { other -> AccessHit? in
        let (wide, narrow) = (all[index], all[other])
        let isEqual = wide.key.prefix == narrow.key.prefix
        guard narrow.key.prefix.hasPrefix(wide.key.prefix), !isEqual || index < other else { return nil }
        let isSame = wide.account.name == narrow.account.name
        guard isSame || whole(of: wide.account) != whole(of: narrow.account) else { return nil }
        let place = isEqual ? narrow.account.name : wide.account.name
        return AccessHit(
          .shadowedKeys, account: place, object: "\(wide.key.prefix)*", at: [.account(place)],
          "\(wide.key.prefix)* of \(wide.account.name) covers \(narrow.key.prefix)* of \(narrow.account.name)"
        )
      }
    }
  }

  private func whole(of account: CacheAccount) -> String {
    manifest.services.first { $0.name == account.service }?.partOf ?? account.service
  }
}

extension TableGrant {
  /// Whether the rows of the two grants can never be the same: scopes on one column with two values.
  fileprivate func isApart(from other: TableGrant) -> Bool {
    guard let rows, let others = other.rows else { return false }
    return rows.column == others.column && rows.value != others.value
  }
}

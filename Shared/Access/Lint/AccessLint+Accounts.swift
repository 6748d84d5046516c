import AccessManifest

/// Rules on accounts as a whole, and on the server that they share.
extension AccessLint {
  var accountHits: [AccessHit] {
    manifest.databaseAccounts.flatMap { account in
      [unused(account), excessiveLevel(account)].compactMap { $0 }
    } + unusedCacheAccounts + (tooManyConnections.map { [$0] } ?? [])
  }

  private func unused(_ account: DatabaseAccount) -> AccessHit? {
    guard own(account).isEmpty else { return nil }
    return AccessHit(
      .unusedAccount, account: account.name, at: [.account(account.name)],
      "\(account.name) has no grant of its own")
  }

  private var unusedCacheAccounts: [AccessHit] {
    manifest.cacheAccounts.filter(\.keys.isEmpty).map { account in
      AccessHit(
        .unusedAccount, account: account.name, at: [.account(account.name)], "\(account.name) has no keys")
    }
  }

  private func excessiveLevel(_ account: DatabaseAccount) -> AccessHit? {
    let writes = own(account).filter(\.verb.isWrite)
    let needed: AccessLevel =
      writes.isEmpty ? .readOnly : writes.allSatisfy { $0.rows != nil } ? .scopedReadWrite : .readWrite
    guard account.level != needed, needed != .readWrite, account.level != .readOnly else { return nil }
    return AccessHit(
      .excessiveLevel, account: account.name, at: [.account(account.name)],
      "\(account.name) has the level '\(account.level.rawValue)', and its grants need '\(needed.rawValue)'")
  }

  /// The grants of the account without those of everyone.
  private func own(_ account: DatabaseAccount) -> [TableGrant] {
    account.grants.filter { grant in
      manifest.place(of: grant, for: account)
        == .grant(holder: account.service, table: grant.table, verb: grant.verb)
    }
  }

  /// The live server's limit goes before the declared one.
  private var tooManyConnections: AccessHit? {
    let declared = manifest.lint.serverConnections.map { $0 - Self.reservedConnections }
    guard let accepted = live?.connections ?? declared else { return nil }
    let wanted = Self.wantedConnections(of: manifest)
    guard wanted > accepted else { return nil }
    let services = wanted - Self.administratorConnections
    return AccessHit(
      .tooManyConnections, at: [.manifest],
      "the accounts' limits add up to \(services) connections, and \(Self.administratorConnections) of bulkhead; the "
        + "server accepts \(accepted)")
  }
}

import AccessManifest
import Schema

/// Rules on what only a live database shows.
extension AccessLint {
  var liveHits: [AccessHit] {
    guard let live else { return [] }
    return definers(live) + wholeTables(live) + idlePolicies(live)
      + manifest.databaseAccounts.flatMap { unindexed($0, live) + rowsByAnotherWay($0) }
  }

  /// One hit for each relation that shows rows beyond those of the account's entry for another one.
  private func rowsByAnotherWay(_ account: DatabaseAccount) -> [AccessHit] {
    manifest.rowsByAnotherWay(of: account).map { way in
      AccessHit(
        .rowsByAnotherWay, account: account.name, object: way.relation,
        at: manifest.places(of: way, for: account),
        "\(account.name) has only rows of \(way.table), and \(way.relation) shows it every row of that")
    }
  }

  private func definers(_ live: LiveAccessFacts) -> [AccessHit] {
    live.looseDefiners.filter(isManaged).map { function in
      AccessHit(
        .looseDefiner, object: function, at: [.manifest],
        "\(function) runs with its owner's rights, and its caller chooses the search_path")
    }
  }

  private func wholeTables(_ live: LiveAccessFacts) -> [AccessHit] {
    live.wholeTableRights.filter(isManaged).map { right in
      hit(
        .hiddenColumnGrant, right,
        "\(right.account) holds \(right.name) on the whole table \(right.table) beside its column grant")
    }
  }

  /// What others made in a database of others is their business.
  private func isManaged(_ right: LiveAccessFacts.Right) -> Bool {
    !manifest.isLive
      || manifest.databaseAccount(named: right.account) != nil && table(named: right.table) != nil
  }

  private func isManaged(_ function: String) -> Bool {
    let name = TableName(String(function.prefix { $0 != "(" }))
    return !manifest.isLive || manifest.schemas.contains(name.schema)
  }

  private func hit(_ rule: AccessRule, _ right: LiveAccessFacts.Right, _ message: String) -> AccessHit {
    AccessHit(
      rule, account: right.account, object: right.table, at: [.account(right.account), .manifest], message)
  }

  private func idlePolicies(_ live: LiveAccessFacts) -> [AccessHit] {
    live.idlePolicies.filter(isManaged).map { right in
      hit(
        .unusableRowScope, right,
        "the policy \(right.name) on \(right.table) is for \(right.account), which lacks the privilege")
    }
  }

  /// One hit for each account and table; an insert reads no rows.
  private func unindexed(_ account: DatabaseAccount, _ live: LiveAccessFacts) -> [AccessHit] {
    tables.compactMap { table in
      guard let facts = live.tables[table.name], facts.rows >= Self.largeTableRows else { return nil }
      let grants = account.grants.filter { $0.table == table.name && $0.verb != .insert && $0.rows != nil }
      guard let column = grants.first?.rows?.column, !facts.indexed.contains(column) else { return nil }
      return AccessHit(
        .unindexedRowScope, account: account.name, object: table.name,
        at: grants.map { manifest.place(of: $0, for: account) },
        "\(table.name) has about \(facts.rows) rows, and no index that begins with \(column), by which "
          + "\(account.name) finds its own")
    }
  }
}

import AccessManifest
import Schema

/// Rules on what only a live database shows.
extension AccessLint {
  var liveHits: [AccessHit] {
    guard let live else { return [] }
    return definers(live) + wholeTables(live) + idlePolicies(live)
      + manifest.databaseAccounts.flatMap { unindexed($0, live) }
  }

  private func definers(_ live: LiveAccessFacts) -> [AccessHit] {
    live.looseDefiners.map { function in
      AccessHit(
        .looseDefiner, object: function, at: [.manifest],
        "\(function) runs with its owner's rights, and its caller chooses the search_path")
    }
  }

  private func wholeTables(_ live: LiveAccessFacts) -> [AccessHit] {
    live.wholeTableRights.map { right in
      AccessHit(
        .hiddenColumnGrant, account: right.account, object: right.table,
        at: [.account(right.account), .manifest],
        "\(right.account) holds \(right.name) on the whole table \(right.table) beside its column grant")
    }
  }

  private func idlePolicies(_ live: LiveAccessFacts) -> [AccessHit] {
    live.idlePolicies.map { right in
      AccessHit(
        .unusableRowScope, account: right.account, object: right.table,
        at: [.account(right.account), .manifest],
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

import Schema

/// A relation through which an account reaches rows of a table beyond those that its entry for the table allows.
package struct OtherWay: Sendable, Hashable {
  /// The table with `rows:`.
  package let table: String
  /// The partition, child, parent or view that shows its rows.
  package let relation: String
}

extension AccessManifest {
  /// The relations that the account may use without the row limits of a table whose rows they show, in the order of its
  /// grants, each once.
  package func rowsByAnotherWay(of account: DatabaseAccount) -> [OtherWay] {
    let scoped = account.grants.filter { $0.rows != nil }
    guard !scoped.isEmpty else { return [] }
    let definitions = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var seen: Set<OtherWay> = []
    return account.grants.flatMap { grant -> [OtherWay] in
      let shown = definitions[grant.table]?.shown ?? []
      return scoped.filter { shown.contains($0.table) && $0.rows != grant.rows }.map {
        OtherWay(table: $0.table, relation: grant.table)
      }
    }.filter { seen.insert($0).inserted }
  }

  /// The name of the lint's rule on such ways.
  package static let otherWayRule = "rows-by-another-way"

  /// Where an allowance switches that rule off for this way.
  package func places(of way: OtherWay, for account: DatabaseAccount) -> [ManifestPlace] {
    account.grants.filter { $0.table == way.relation }.map { place(of: $0, for: account) }
      + [.account(account.name), .manifest]
  }

  /// Whether the manifest switches that rule off for this way, with a reason.
  package func allows(_ way: OtherWay, for account: DatabaseAccount) -> Bool {
    let places = places(of: way, for: account)
    return lint.allowances.contains { $0.hasReason && $0.switchesOff(Self.otherWayRule, at: places) }
  }
}

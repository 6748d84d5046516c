/// The place of a grant in the manifest: who holds it there, and the line.
package struct GrantPlace: Sendable, Hashable {
  /// The service, or `everyone`.
  let holder: String
  let table: String
  let verb: TableVerb

  /// The holder of the grants of every account.
  static let everyone = "everyone"
}

extension AccessManifest {
  /// The line that grants `verb` on `table` to `account`; nil where no line does.
  package func line(of verb: TableVerb, on table: String, for account: DatabaseAccount) -> Int? {
    guard account.grant(verb, on: table) != nil else { return nil }
    return [account.service, GrantPlace.everyone].lazy.compactMap { holder in
      places[GrantPlace(holder: holder, table: table, verb: verb)]
    }.first
  }
}

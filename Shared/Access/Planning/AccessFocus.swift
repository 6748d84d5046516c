import AccessManifest

/// The accounts and engines that a command is limited to: `--only`.
///
/// The comparison itself is never limited: so an answer can count what it leaves out, and a reader cannot take a
/// part for the whole.
package struct AccessFocus: Sendable, Hashable {
  /// A side of the manifest.
  package enum Side: String, Sendable, Hashable, CaseIterable {
    case database, cache
  }

  /// A word after `--only` that names nothing.
  package struct Failure: Error, Hashable, CustomStringConvertible {
    package let description: String
  }

  /// The words after `--only`; empty where nothing is left out.
  package let words: [String]
  /// The sides that are compared.
  package let sides: Set<Side>
  /// The accounts that are compared; empty for all of the sides.
  package let accounts: Set<String>
  /// The tables of which such an account has only some rows: their row protection belongs to the account's rights.
  private let guardedTables: Set<String>

  /// Leaves nothing out.
  package static let everything = AccessFocus(words: [], sides: Set(Side.allCases))

  private init(words: [String], sides: Set<Side>, accounts: Set<String> = [], guardedTables: Set<String> = [])
  {
    self.words = words
    self.sides = sides
    self.accounts = accounts
    self.guardedTables = guardedTables
  }

  /// Reads the words: `database`, `cache` and names of accounts. An account of the database that reads only some rows
  /// of a table brings along the table's row protection.
  ///
  /// - Throws: an error for a name that is no account of the manifest, with the nearest one.
  package init(_ words: [String], in manifest: AccessManifest) throws(Failure) {
    guard !words.isEmpty else {
      self = .everything
      return
    }
    let named = Set(words.compactMap(Side.init(rawValue:)))
    let chosen = named.isEmpty ? Set(Side.allCases) : named
    var sides: Set<Side> = []
    var accounts: Set<String> = []
    for word in words where Side(rawValue: word) == nil {
      let found = try manifest.sides(of: word).intersection(chosen)
      guard !found.isEmpty else {
        throw Failure(
          description: "--only: '\(word)' has no login in the \(chosen.map(\.rawValue).sorted().joined())")
      }
      sides.formUnion(found)
      accounts.insert(word)
    }
    let guarded = accounts.flatMap { manifest.databaseAccount(named: $0)?.grants ?? [] }
      .filter { $0.rows != nil }.map(\.table)
    self.init(
      words: words, sides: accounts.isEmpty ? chosen : sides, accounts: accounts,
      guardedTables: Set(guarded))
  }

  /// Whether nothing is left out.
  package var isEverything: Bool { words.isEmpty }

  /// Whether this account is compared.
  package func covers(account: String) -> Bool { accounts.isEmpty || accounts.contains(account) }

  /// Whether a deviation concerns what is compared: a right of a chosen account, a membership in it, or the row
  /// protection of a table that it reads in part. A right of PUBLIC concerns every account, and is left out.
  package func covers(_ deviation: Deviation) -> Bool {
    if accounts.isEmpty { return true }
    // A policy names all of its roles.
    let names = deviation.account.split(separator: ",").map { $0.drop { $0 == " " } }
    return names.contains { accounts.contains(String($0)) } || accounts.contains(deviation.object)
      || deviation.guardsRows && guardedTables.contains(deviation.object)
  }

  /// The number of deviations that are left out, by account. Notes do not count.
  package func leftOut(of deviations: [Deviation]) -> [String: Int] {
    var counts: [String: Int] = [:]
    for deviation in deviations where !deviation.isNote && !covers(deviation) {
      counts[deviation.account.isEmpty ? Self.noAccount : deviation.account, default: 0] += 1
    }
    return counts
  }

  /// The place of deviations that concern no account.
  private static let noAccount = "no account"
}

extension AccessManifest {
  fileprivate func sides(of account: String) throws(AccessFocus.Failure) -> Set<AccessFocus.Side> {
    var sides: Set<AccessFocus.Side> = []
    let database = databaseAccounts.map(\.name) + [administrators.databaseAccount]
    let cache = cacheAccounts.map(\.name) + [administrators.cacheAccount]
    if database.contains(account) { sides.insert(.database) }
    if cache.contains(account) { sides.insert(.cache) }
    guard sides.isEmpty else { return sides }
    let reason = "--only: '\(account)' is no account of the manifest"
    if let service = services.first(where: { $0.name == account }) {
      let own = [service.databaseAccount, service.cacheAccount].compactMap { $0 }
      throw AccessFocus.Failure(
        description: "\(reason), but a service; its accounts are: \(own.joined(separator: ", "))")
    }
    let hint = Spelling.hint(
      for: account, among: database + cache + AccessFocus.Side.allCases.map(\.rawValue))
    let listing = hint.isEmpty ? "; its accounts are: \((database + cache).joined(separator: ", "))" : hint
    throw AccessFocus.Failure(description: reason + listing)
  }
}

extension Deviation {
  /// The names of the two deviations of a table's row protection that are no policy.
  package static let rowSecurityName = "ROW SECURITY"
  package static let statisticsName = "STATISTICS"
  /// The beginning of a policy's name.
  package static let policyPrefix = "POLICY "

  /// Whether it concerns the protection of a table's rows.
  var guardsRows: Bool {
    privilege == Self.rowSecurityName || privilege == Self.statisticsName
      || privilege.hasPrefix(Self.policyPrefix)
  }
}

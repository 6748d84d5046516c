import AccessAdministration
import AccessManifest
import AccessProof
import Cache

extension CacheSurvey {
  /// Users that are tried without a password; a server shared with many teams may have more.
  private static let mostUsers = 20

  /// Reads the users of a server: what their rules cover beside the manifest, and who they are.
  init(of state: RedisState, _ manifest: AccessManifest) {
    self.init()
    let declared = Set(manifest.cacheAccounts.flatMap(\.keys).map { "\($0.prefix)*" })
    let all = Set(state.users.values.flatMap(\.everyKeyPattern))
    patterns = all.subtracting(declared).sorted().map(Pattern.init)
    let known = Set(manifest.cacheAccounts.map(\.name))
      .union([manifest.administrators.cacheAccount, RedisState.defaultUser])
    users = Array(state.users.keys.filter { !known.contains($0) }.sorted().prefix(Self.mostUsers))
  }
}

extension RedisUser {
  /// The patterns of keys in its rules and its selectors, without their permission.
  fileprivate var everyKeyPattern: [String] {
    let selected = selectors.flatMap { selector in
      selector.dropFirst().dropLast().split(separator: " ").map(String.init)
    }
    return (keyPatterns.sorted() + selected).compactMap { rule in
      if rule == "allkeys" { return "*" }
      guard rule.first == "~" || rule.first == "%", let start = rule.firstIndex(of: "~") else { return nil }
      return String(rule[rule.index(after: start)...])
    }
  }
}

import AccessAdministration
import AccessManifest
import AccessProof
import Cache

extension CacheSurvey {
  /// Users that are tried without a password; a server shared with many teams may have more.
  private static let mostUsers = 20

  /// The most patterns that are tried; each is tried twice by every account.
  private static let mostPatterns = 50

  /// Reads the users of a server: what their rules cover beside the manifest, and who they are.
  init(of state: RedisState, _ manifest: AccessManifest) {
    self.init()
    let declared = Set(manifest.cacheAccounts.flatMap(\.keys).map { CacheWord("\($0.prefix)*") })
    // A pattern that no account of ours holds matters where it covers keys of ours.
    let held = Set(
      manifest.cacheAccounts.compactMap { state.users[CacheWord($0.name)] }.flatMap(\.everyKeyPattern)
    )
    .subtracting(declared)
    let further = Set(state.users.values.flatMap(\.everyKeyPattern)).subtracting(declared).subtracting(held)
      .filter { pattern in manifest.keyPrefixes.contains { pattern.covers(someKeyWith: $0) } }
    let found = held.sorted() + further.sorted()
    patterns = found.prefix(Self.mostPatterns).map(Pattern.init)
    patternsLeftOut = found.count - patterns.count
    let known = Set(
      (manifest.cacheAccounts.map(\.name) + [manifest.administrators.cacheAccount, RedisState.defaultUser])
        .map { CacheWord($0) })
    let others = state.users.keys.filter { !known.contains($0) }.sorted()
    users = Array(others.compactMap(\.text).prefix(Self.mostUsers))
    // No attempt with a name that is no text, and not with each of very many: the server itself shows those.
    let tried = Set(users.map { CacheWord($0) })
    untried = others.filter { name in
      guard let user = state.users[name] else { return false }
      return !tried.contains(name) && user.isOn && user.needsNoPassword
    }.map { UntriedRight(account: $0.description, object: "user", right: "nopass") }
  }
}

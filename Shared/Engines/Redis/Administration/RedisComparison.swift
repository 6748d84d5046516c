import AccessManifest
import AccessPlanning
import Cache

/// Compares the cache's users with the manifest. Pure.
package struct RedisComparison: Sendable {
  let manifest: AccessManifest
  /// The digest of each account's credential; an account without a credential has no entry.
  let passwordDigests: [String: String]
  let actual: RedisState
  /// The digest of the second password of each account whose password rotates. The server may have either one, or both.
  var rotating: [String: String] = [:]

  /// Compares a server with the manifest and the available credentials.
  package init(manifest: AccessManifest, passwordDigests: [String: String], actual: RedisState) {
    self.manifest = manifest
    self.passwordDigests = passwordDigests
    self.actual = actual
  }

  /// Every deviation: accounts in the manifest's order, the administrator, the default user, undeclared users, function
  /// libraries, changes that are not saved, and the place of the server among others.
  package var deviations: [Deviation] {
    manifest.cacheAccounts.flatMap(deviations(of:)) + administratorDeviations + defaultUserDeviations
      + undeclaredUserDeviations + libraryDeviations + unsavedDeviations + placeDeviations
  }

  /// Returns the deviations of one account's user.
  func deviations(of account: CacheAccount) -> [Deviation] {
    guard let user = actual.users[CacheWord(account.name)] else {
      return [
        Deviation(
          .missing, account: account.name, object: "user", privilege: "on",
          message: "cache account \(account.name) does not exist")
      ]
    }
    let declared = RedisUser(account, passwordDigest: passwordDigests[account.name])
    return entryDeviations(account.name, declared, user) + patternDeviations(account.name, declared, user)
      + commandDeviations(account.name, declared, user)
  }

  /// Whether open sessions of the user may be those of a stranger, or keep what the user no longer may: a session that
  /// monitors or tracks goes on without the right to.
  func endsSessions(of name: String) -> Bool {
    guard let user = actual.users[CacheWord(name)] else { return false }
    let known = Set([passwordDigests[name], rotating[name]].compactMap { $0 })
    let isAdministrator = name == manifest.administrators.cacheAccount
    let deviations =
      isAdministrator
      ? administratorDeviations : manifest.cacheAccount(named: name).map(deviations(of:)) ?? []
    return deviations.contains { $0.kind == .excess }
      || !isAdministrator && !user.passwordDigests.isSubset(of: known)
  }

  /// The accounts that can log in, by whether the server has a password of their credentials.
  var openAccounts: OpenAccounts {
    var open: [String: [CredentialState]] = [:]
    for name in manifest.cacheAccounts.map(\.name) {
      guard let user = actual.users[CacheWord(name)], user.isOn, !user.passwordDigests.isEmpty else {
        continue
      }
      let own = [passwordDigests[name], rotating[name]].compactMap { $0 }
      let isOther = user.passwordDigests.isDisjoint(with: own)
      open[name] = [isOther ? (own.isEmpty ? .absent : .refused) : .accepted]
    }
    return OpenAccounts(open)
  }

  /// The deviations of the administrator's authentication. Its rights are not compared, because an account that may
  /// change the accounts can give itself any right.
  var administratorDeviations: [Deviation] {
    let name = manifest.administrators.cacheAccount
    guard let user = actual.users[CacheWord(name)] else { return [] }
    if user.needsNoPassword {
      return [
        Deviation(
          .excess, account: name, object: "user", privilege: "nopass",
          message: "the cache accepts any password for its administrator \(name)")
      ]
    }
    guard user.passwordDigests.count > (rotating[name] == nil ? 1 : 2) else { return [] }
    return [
      Deviation(
        .excess, account: name, object: "user", privilege: Deviation.passwordName,
        message: "the cache has \(user.passwordDigests.count) passwords for its administrator \(name)")
    ]
  }

  /// The default user must be off and have no rights: `ACL SETUSER default on` alone must open nothing.
  var defaultUserDeviations: [Deviation] {
    guard let user = actual.users[CacheWord(RedisState.defaultUser)] else { return [] }
    if user.isOn { return openDefaultUserDeviations(user) }
    guard user.hasRights(in: actual.commandTable) else { return [] }
    let rights = Deviation(
      .excess, account: RedisState.defaultUser, object: "user", privilege: "rights",
      message: "the default user is off and keeps its rights: switching it on opens the cache to every client"
    )
    return [isStrict ? rights : rights.asNote]
  }

  /// A default user with a password is an account of others, where the manifest leaves the cache to them.
  private func openDefaultUserDeviations(_ user: RedisUser) -> [Deviation] {
    let who =
      user.needsNoPassword
      ? "any client that reaches the cache may use it without an account" : Self.clients(of: user)
    let open = Deviation(
      .excess, account: RedisState.defaultUser, object: "user", privilege: "on",
      message: "the default user is on: \(who), to run \(words(of: user))")
    if user.needsNoPassword { return [open] }
    if manifest.scope.accepts[Self.defaultUserKey] != nil { return [] }
    if isStrict || mayReachOurs(user) {
      return [open.advising("or list '\(Self.defaultUserKey)' in 'accepts', with the reason")]
    }
    return [open.asNote]
  }

  /// Whether one of the user's rules covers a key of ours, or is one that this release does not have.
  private func mayReachOurs(_ user: RedisUser) -> Bool {
    !user.unknownRules.isEmpty
      || user.everyKeyPattern.contains { pattern in
        manifest.keyPrefixes.contains { pattern.covers(someKeyWith: $0) }
      }
  }

  private static func clients(of user: RedisUser) -> String {
    if user.needsNoPassword { return "any client that reaches the cache may use it without a password" }
    return user.passwordDigests.isEmpty
      ? "it has no password, so that no client can use it yet" : "a client that has its password may use it"
  }

  /// The key in the manifest's `accepts` for a default user that is on and has a password.
  private static let defaultUserKey = "cache user \(RedisState.defaultUser)"

  /// What a user may run, and on which keys.
  private func words(of user: RedisUser) -> String {
    let allowed = actual.commandTable.commands(allowedBy: user.commandRules)
    let commands =
      allowed == actual.commandTable.commands
      ? "every command" : allowed.isEmpty ? "no command" : Self.listing(allowed)
    return "\(commands) on \(keys(of: user, orElse: "no key"))"
  }

  /// The patterns of keys and the selectors of a user.
  private func keys(of user: RedisUser, orElse none: String) -> String {
    let rules = (user.keyPatterns.sorted() + user.selectors).map(\.description)
    guard !rules.isEmpty else { return none }
    let rest = rules.count - Self.longestListing
    return rules.prefix(Self.longestListing).joined(separator: " ") + (rest > 0 ? " and \(rest) more" : "")
  }

  /// Users that an earlier run changed and did not save.
  var unsavedDeviations: [Deviation] {
    guard actual.isUnsaved else { return [] }
    return [
      Deviation(
        .different, account: manifest.administrators.cacheAccount, object: "users", privilege: "ACL SAVE",
        message: "an earlier run ended before the server saved its users, so a restart takes its changes back"
      )
    ]
  }

  /// Whether the whole cache is ours; otherwise what others made stays.
  var isStrict: Bool { manifest.scope.mode == .strict }

  /// Users that the manifest does not list, neither as its own nor as those of others.
  var undeclaredUsers: [CacheWord] {
    let known = Set(
      (manifest.cacheAccounts.map(\.name) + [manifest.administrators.cacheAccount, RedisState.defaultUser])
        .map { CacheWord($0) })
    return actual.users.keys.filter { !known.contains($0) && !manifest.scope.cacheUsers.cover($0.bytes) }
      .sorted()
  }

  /// In a cache that others use too, a user of theirs is a note, unless it reaches keys of ours or asks for no password.
  var undeclaredUserDeviations: [Deviation] { undeclaredUsers.compactMap(undeclaredUserDeviation) }

  private func undeclaredUserDeviation(_ name: CacheWord) -> Deviation? {
    guard let user = actual.users[name] else { return nil }
    let standing = user.isOn ? "it is on, and \(Self.clients(of: user))" : "it is off"
    let excess = Deviation(
      .excess, account: name.description, object: keys(of: user, orElse: "no keys"), privilege: "user",
      message:
        "the cache has the user \(name), which the manifest does not list: \(standing), to run \(words(of: user))"
    )
    if isStrict { return excess }
    guard user.isOn, user.needsNoPassword || mayReachOurs(user) else { return excess.asNote }
    let key = "cache user \(name)"
    return manifest.scope.accepts[key] == nil
      ? excess.advising("remove it, or list '\(key)' in 'accepts', with the reason") : nil
  }

  /// A library's functions run with the rights of the account that calls them, and every account is denied the call. A
  /// library is still code that no release made.
  var libraryDeviations: [Deviation] {
    let administrator = manifest.administrators.cacheAccount
    guard let libraries = actual.libraries else {
      return [
        Deviation(
          .outside, account: administrator, object: "functions", privilege: "function|list",
          message: "\(administrator) may not list the cache's functions: run `bulkhead bootstrap`")
      ]
    }
    return libraries.sorted().filter { manifest.scope.accepts["function library \($0)"] == nil }.map { name in
      let excess = Deviation(
        .excess, account: RedisState.defaultUser, object: name, privilege: "FUNCTION",
        message: "the cache has the function library \(name), which no release loaded")
      return isStrict ? excess : excess.asNote
    }
  }

  // MARK: One user

  private func entryDeviations(_ name: String, _ declared: RedisUser, _ user: RedisUser) -> [Deviation] {
    var found: [Deviation] = []
    if !user.isOn {
      found.append(
        Deviation(
          .missing, account: name, object: "user", privilege: "on", message: "cache account \(name) is off"))
    }
    if user.needsNoPassword {
      found.append(
        Deviation(
          .excess, account: name, object: "user", privilege: "nopass",
          message: "the cache accepts any password for account \(name)"))
    }
    if user.skipsPayloadChecks {
      found.append(
        Deviation(
          .excess, account: name, object: "user", privilege: "skip-sanitize-payload",
          message:
            "the cache takes serialized values of \(name) without a check, and a broken one can crash it"))
    }
    if declared.passwordDigests.isEmpty {
      found.append(
        Deviation(
          .missing, account: name, object: "user", privilege: Deviation.passwordName,
          message: CredentialStore.advice(onMissing: name)))
    } else if declared.passwordDigests != user.passwordDigests, !isRotating(name, declared, user) {
      found.append(
        Deviation(
          .different, account: name, object: "user", privilege: Deviation.passwordName,
          message:
            "the cache has \(user.passwordDigests.count) password(s) for \(name), not exactly its credential"
        ))
    }
    return found
  }

  /// Whether the user has passwords of its rotation alone.
  private func isRotating(_ name: String, _ declared: RedisUser, _ user: RedisUser) -> Bool {
    guard let other = rotating[name], !user.passwordDigests.isEmpty else { return false }
    return user.passwordDigests.isSubset(of: declared.passwordDigests.union([other]))
  }

  private func patternDeviations(_ name: String, _ declared: RedisUser, _ user: RedisUser) -> [Deviation] {
    let excess = user.keyPatterns.subtracting(declared.keyPatterns).union(user.channelPatterns).sorted()
    let missing = declared.keyPatterns.subtracting(user.keyPatterns).sorted()
    return excess.map { pattern in
      Deviation(
        .excess, account: name, object: pattern.description,
        privilege: pattern.bytes.first == UInt8(ascii: "&") ? "channels" : "keys",
        message: "\(name) may use \(pattern), which the manifest does not declare")
    }
      + missing.map { pattern in
        Deviation(
          .missing, account: name, object: pattern.description, privilege: "keys",
          message: "\(name) may not use \(pattern)")
      }
      + user.selectors.map { selector in
        Deviation(
          .excess, account: name, object: selector.description, privilege: "selector",
          message: "\(name) has the selector \(selector), which the manifest does not declare")
      }
      + user.unknownRules.sorted().map { rule in
        Deviation(
          .excess, account: name, object: rule.description, privilege: "rule",
          message: "\(name) has the rule \(rule), which this release of the tool does not have")
      }
  }

  private func commandDeviations(_ name: String, _ declared: RedisUser, _ user: RedisUser) -> [Deviation] {
    let wanted = actual.commandTable.commands(allowedBy: declared.commandRules)
    let found = actual.commandTable.commands(allowedBy: user.commandRules)
    let excess = found.subtracting(wanted)
    let missing = wanted.subtracting(found)
    var deviations: [Deviation] = []
    if !excess.isEmpty {
      deviations.append(
        Deviation(
          .excess, account: name, object: "commands", privilege: Self.listing(excess),
          message: "\(name) may run \(Self.listing(excess)), which the manifest does not declare"))
    }
    if !missing.isEmpty {
      deviations.append(
        Deviation(
          .missing, account: name, object: "commands", privilege: Self.listing(missing),
          message: "\(name) may not run \(Self.listing(missing))"))
    }
    return deviations
  }

  private static let longestListing = 8

  private static func listing(_ commands: Set<String>) -> String {
    let shown = commands.sorted().prefix(longestListing).joined(separator: ", ")
    let rest = commands.count - longestListing
    return rest > 0 ? "\(shown) and \(rest) more" : shown
  }
}

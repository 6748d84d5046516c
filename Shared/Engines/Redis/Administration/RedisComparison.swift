import AccessManifest
import AccessPlanning

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

  /// Every deviation: accounts in the manifest's order, the administrator, the default user, undeclared users,
  /// then function libraries.
  package var deviations: [Deviation] {
    manifest.cacheAccounts.flatMap(deviations(of:)) + administratorDeviations + defaultUserDeviations
      + undeclaredUserDeviations + libraryDeviations
  }

  /// Returns the deviations of one account's user.
  func deviations(of account: CacheAccount) -> [Deviation] {
    guard let user = actual.users[account.name] else {
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
    guard let user = actual.users[name] else { return false }
    let known = Set([passwordDigests[name], rotating[name]].compactMap { $0 })
    let isAdministrator = name == manifest.administrators.cacheAccount
    let deviations =
      isAdministrator
      ? administratorDeviations : manifest.cacheAccount(named: name).map(deviations(of:)) ?? []
    return deviations.contains { $0.kind == .excess }
      || !isAdministrator && !user.passwordDigests.isSubset(of: known)
  }

  /// The deviations of the administrator's authentication. Its rights are not compared, because an account that may
  /// change the accounts can give itself any right.
  var administratorDeviations: [Deviation] {
    let name = manifest.administrators.cacheAccount
    guard let user = actual.users[name] else { return [] }
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
    guard let user = actual.users[RedisState.defaultUser] else { return [] }
    if user.isOn {
      return [
        Deviation(
          .excess, account: RedisState.defaultUser, object: "user", privilege: "on",
          message: "the default user is on: any client that reaches the cache may use it without an account")
      ]
    }
    guard
      user.needsNoPassword || !user.passwordDigests.isEmpty || !user.keyPatterns.isEmpty
        || !user.channelPatterns.isEmpty || !user.selectors.isEmpty || hasCommands(user)
    else { return [] }
    let rights = Deviation(
      .excess, account: RedisState.defaultUser, object: "user", privilege: "rights",
      message: "the default user is off and keeps its rights: switching it on opens the cache to every client"
    )
    return [isStrict ? rights : rights.asNote]
  }

  private func hasCommands(_ user: RedisUser) -> Bool {
    !actual.commandTable.commands(allowedBy: user.commandRules).isEmpty
  }

  /// Whether the whole cache is ours; otherwise what others made stays.
  var isStrict: Bool { manifest.scope.mode == .strict }

  /// Users that the manifest does not list, neither as its own nor as those of others.
  var undeclaredUsers: [String] {
    let known = Set(manifest.cacheAccounts.map(\.name))
      .union([manifest.administrators.cacheAccount, RedisState.defaultUser])
    return actual.users.keys.filter { !known.contains($0) && !manifest.scope.cacheUsers.cover($0) }.sorted()
  }

  private var undeclaredUserDeviations: [Deviation] {
    undeclaredUsers.map { name in
      let keys = actual.users[name].map { $0.keyPatterns.sorted().joined(separator: " ") } ?? ""
      let excess = Deviation(
        .excess, account: name, object: keys.isEmpty ? "no keys" : keys, privilege: "user",
        message: "the cache has the user \(name), which the manifest does not list")
      return isStrict ? excess : excess.asNote
    }
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
          message: "there is no credential for \(name): run `bulkhead access credentials`"))
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
        .excess, account: name, object: pattern, privilege: pattern.hasPrefix("&") ? "channels" : "keys",
        message: "\(name) may use \(pattern), which the manifest does not declare")
    }
      + missing.map { pattern in
        Deviation(
          .missing, account: name, object: pattern, privilege: "keys",
          message: "\(name) may not use \(pattern)")
      }
      + user.selectors.map { selector in
        Deviation(
          .excess, account: name, object: selector, privilege: "selector",
          message: "\(name) has the selector \(selector), which the manifest does not declare")
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

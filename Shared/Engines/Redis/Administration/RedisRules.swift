import AccessManifest

/// The rules that a cache account gets, in the words of `ACL SETUSER`.
///
/// `+@all ~svc:*` would still let a service empty the server, read every key's name, follow all traffic and change
/// its own rights; leaving out the admin and dangerous categories still leaves scanning, other databases, functions
/// and client tracking, which tells other services' key names. The rules below closed every one of those on Redis 7
/// and Valkey 8, and `access prove` tries them all again.
enum RedisRules {
  /// Everything that is off, in the order in which it must come after what is on.
  private static let closed = [
    "-@admin", "-@dangerous", "-@scripting", "-scan", "-randomkey", "-dbsize", "-select", "-move", "-client",
    "+client|setname", "+client|id",
  ]

  /// The command rules for an account that reads, or reads and writes.
  static func commands(canWrite: Bool) -> [String] {
    ["-@all", "+@read"] + (canWrite ? ["+@write"] : []) + ["+@connection", "+@transaction"] + closed
  }

  /// The key pattern of a grant; `%R~` admits commands that only read.
  static func keyPattern(_ grant: KeyGrant) -> String {
    switch grant.access {
    case .read: "%R~\(grant.prefix)*"
    case .readWrite: "~\(grant.prefix)*"
    }
  }

  /// The administrator's rules: it may say who may do what, and touches no key.
  static let administrator = ["resetchannels", "-@all", "+@connection", "+acl", "+info"]

  /// The whole rule list of an account. It begins with `reset`, because `ACL SETUSER` only adds.
  static func all(_ account: CacheAccount, passwordDigest: String) -> [String] {
    let canWrite = account.keys.contains { $0.access == .readWrite }
    return ["reset", "on", "#\(passwordDigest)", "resetchannels"] + account.keys.map(keyPattern)
      + commands(canWrite: canWrite)
  }
}

extension RedisUser {
  /// What the manifest says of a cache account. `passwordDigest` is `nil` where there is no credential to compare.
  init(_ account: CacheAccount, passwordDigest: String?) {
    self.init()
    isOn = true
    passwordDigests = passwordDigest.map { [$0] } ?? []
    keyPatterns = Set(account.keys.map(RedisRules.keyPattern))
    commandRules = RedisRules.commands(canWrite: account.keys.contains { $0.access == .readWrite })
  }
}

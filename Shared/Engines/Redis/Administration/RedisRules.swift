import AccessManifest
import Cache

/// The rules of a cache account, in the syntax of `ACL SETUSER`.
///
/// `+@all ~svc:*` would still let a service empty the server, read every key's name, monitor all traffic and change its
/// own rights. Without the admin and dangerous categories it could still scan, use other databases and functions, and
/// learn other services' key names by client tracking. The rules below deny all of these on Redis 7 and Valkey 8, and
/// `access prove` tries each one again.
enum RedisRules {
  /// The denied commands, in order; they must follow the allowed ones.
  private static let denied = [
    "-@admin", "-@dangerous", "-@scripting", "-scan", "-randomkey", "-dbsize", "-select", "-move", "-copy",
    "-client",
    "+client|setname", "+client|id",
  ]

  /// Returns the command rules for an account that reads, or reads and writes.
  static func commands(canWrite: Bool) -> [String] {
    ["-@all", "+@read"] + (canWrite ? ["+@write"] : []) + ["+@connection", "+@transaction"] + denied
  }

  /// Returns the key pattern of a grant; `%R~` allows commands that only read.
  static func keyPattern(_ grant: KeyGrant) -> String {
    switch grant.access {
    case .read: "%R~\(grant.prefix)*"
    case .readWrite: "~\(grant.prefix)*"
    }
  }

  /// The administrator's rules: it may change the accounts' rights, may list functions, and
  /// may use no key.
  static let administrator = ["resetchannels", "-@all", "+@connection", "+acl", "+info", "+function|list"]

  /// Returns the whole rule list of an account. It begins with `reset`, because `ACL SETUSER` only adds rules.
  static func all(_ account: CacheAccount, passwordDigest: String) -> [String] {
    let canWrite = account.keys.contains { $0.access == .readWrite }
    return ["reset", "on", "#\(passwordDigest)", "resetchannels"] + account.keys.map(keyPattern)
      + commands(canWrite: canWrite)
  }
}

extension RedisUser {
  /// Makes the user that the manifest declares. `passwordDigest` is nil when there is no credential to compare.
  init(_ account: CacheAccount, passwordDigest: String?) {
    self.init()
    isOn = true
    passwordDigests = passwordDigest.map { [$0] } ?? []
    keyPatterns = Set(account.keys.map { CacheWord(RedisRules.keyPattern($0)) })
    commandRules = RedisRules.commands(canWrite: account.keys.contains { $0.access == .readWrite })
  }
}

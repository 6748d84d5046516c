import AccessManifest

/// The manifest's rights as an ACL file for Redis or Valkey, made offline from the rules that every apply uses.
package struct RedisAccessControlList: Sendable {
  private let manifest: AccessManifest

  /// The rights of `manifest`.
  package init(_ manifest: AccessManifest) {
    self.manifest = manifest
  }

  /// The lines of the file. Without a digest of an account's credential a placeholder stands in its place, which the
  /// server refuses to load: an omission must not produce an account without a password.
  package func text(passwordDigests: [String: String] = [:]) -> String {
    let administrator = manifest.administrators.cacheAccount
    let entry = { (name: String) in "#\(passwordDigests[name] ?? "<SHA-256-of-the-credential-of-\(name)>")" }
    let first = [
      "user \(RedisState.defaultUser) off",
      (["user", administrator, "on", entry(administrator)] + RedisRules.administrator).joined(separator: " "),
    ]
    let accounts = manifest.cacheAccounts.map { account in
      let rules =
        ["on", entry(account.name), "resetchannels"] + account.keys.map(RedisRules.keyPattern)
        + RedisRules.commands(canWrite: account.keys.contains { $0.access == .readWrite })
      return (["user", account.name] + rules).joined(separator: " ")
    }
    return (first + accounts + [""]).joined(separator: "\n")
  }
}

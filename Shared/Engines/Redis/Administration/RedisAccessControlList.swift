import AccessManifest

/// The manifest's rights as an ACL file for Redis or Valkey, generated offline from the rules that `apply` uses.
package struct RedisAccessControlList: Sendable {
  private let manifest: AccessManifest

  /// Makes the ACL of `manifest`.
  package init(_ manifest: AccessManifest) {
    self.manifest = manifest
  }

  /// Returns the lines of the file. A placeholder replaces a missing digest of an account's credential, and the server
  /// refuses to load it. An omission must not produce an account without a password.
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

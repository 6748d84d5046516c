import AccessManifest
import Schema

/// The manifest's rights as text, made offline: for a reader, for a change request, or for an engine that another
/// team runs. The same planners make it that make every apply, so that the text cannot say something else.
public struct RenderedRights: Sendable {
  private let manifest: AccessManifest

  /// The rights of `manifest`.
  public init(_ manifest: AccessManifest) {
    self.manifest = manifest
  }

  // MARK: SQL

  /// The statements that bring a freshly migrated PostgreSQL database to the manifest.
  ///
  /// Passwords are the only thing that is missing; a comment stands where each is set.
  public func sql(database: String, tables: [TableDefinition] = Schema.tables) -> String {
    let declared = PostgresState(declaredBy: manifest, database: database, tables: tables)
    let fresh = PostgresState(freshlyMigrated: declared)
    var lines = [
      "-- The rights of the access manifest in PostgreSQL, to be run by \(manifest.administrators.databaseAccount).",
      "BEGIN;", "SET LOCAL createrole_self_grant = '';",
    ]
    for step in PostgresPlanner(declared: declared, actual: fresh).plan.steps {
      switch step.action {
      case .statement(let sql): lines.append("\(sql);")
      case .setCredential: lines.append("-- \(step.text);")
      }
    }
    return (lines + ["COMMIT;", ""]).joined(separator: "\n")
  }

  // MARK: Redis

  /// An ACL file for Redis or Valkey. Without a digest of an account's credential a placeholder stands in its place,
  /// which the server refuses to load: an account without a password must not come about by omission.
  public func redisACL(passwordDigests: [String: String] = [:]) -> String {
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

  // MARK: Environment

  /// The variables by which each service knows its accounts; the credentials are named by file, never by value.
  public func environment(credentialsDirectory: String) -> String {
    manifest.services.map { service in
      var lines = [
        "# \(service.name)", "DB_USER=\(service.databaseAccount)",
        "DB_PASS_FILE=\(credentialsDirectory)/\(service.databaseAccount)",
      ]
      if let cacheAccount = service.cacheAccount {
        lines += ["CACHE_USER=\(cacheAccount)", "CACHE_PASS_FILE=\(credentialsDirectory)/\(cacheAccount)"]
      }
      return lines.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }
}

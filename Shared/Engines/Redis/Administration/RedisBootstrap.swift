import AccessManifest
import AccessPlanning
import Cache
import Cryptography
import Secrets

/// Creates the cache's administrator, once, as the first user that the server accepts.
package struct RedisBootstrap: Sendable {
  private let administrator: String
  private let password: Secret
  private let connection: any CacheConnection

  /// Makes a bootstrap over the connection of the server's first user: `default`, or the administrator itself.
  package init(manifest: AccessManifest, password: Secret, connection: any CacheConnection) {
    administrator = manifest.administrators.cacheAccount
    self.password = password
    self.connection = connection
  }

  /// Creates or corrects the administrator and returns the step; returns none when the administrator is already
  /// correct.
  ///
  /// It leaves an administrator with excess rights unchanged, because an account that may change the accounts can give
  /// itself any right.
  package func run() async throws(AccessError) -> [PlannedStep] {
    let digest = SHA256.hex(password.reveal())
    do {
      let state = try await RedisStateReader(connection).read()
      if let user = state.users[administrator] {
        if isCorrect(user, digest, state) { return [] }
        if user.needsNoPassword || user.passwordDigests != [digest] {
          try await connection.endSessions(of: administrator, accepting: ["#\(digest)"])
        }
      }
      let rules = ["reset", "on", "#\(digest)"] + RedisRules.administrator
      _ = try await connection.command(["ACL", "SETUSER", administrator] + rules)
    } catch {
      throw .cache(error)
    }
    let shown =
      ["ACL SETUSER", administrator, "reset on #<SHA-256 of its credential>"] + RedisRules.administrator
    return [
      PlannedStep(
        credentialOf: administrator, shownAs: shown.joined(separator: " "),
        reason: "the cache's administrator does not exist, lacks rights, or has another password",
        language: .command)
    ]
  }

  private func isCorrect(_ user: RedisUser, _ digest: String, _ state: RedisState) -> Bool {
    let needed = state.commandTable.commands(allowedBy: RedisRules.administrator)
    return user.isOn && !user.needsNoPassword && user.passwordDigests == [digest]
      && needed.isSubset(of: state.commandTable.commands(allowedBy: user.commandRules))
  }
}

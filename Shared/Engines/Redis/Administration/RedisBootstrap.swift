import AccessManifest
import AccessPlanning
import Cache
import Cryptography
import Secrets

/// Creates the cache's administrator, once, as the first user that the server accepts.
package struct RedisBootstrap: Sendable {
  private let administrator: String
  private let passwords: [Secret]
  private let connection: any CacheConnection

  /// Makes a bootstrap over the connection of the server's first user: `default`, or the administrator itself.
  ///
  /// `passwords` are those of the administrator's file: two while its password rotates, and programs may use either one.
  package init(manifest: AccessManifest, passwords: [Secret], connection: any CacheConnection) {
    administrator = manifest.administrators.cacheAccount
    self.passwords = passwords
    self.connection = connection
  }

  /// Refuses where the server has only passwords of the administrator that are not of the folder: another fleet may use
  /// them. It makes no file, which would look like the wish for a new password.
  static func refuseOtherPassword(
    of administrator: String, than store: CredentialStore, _ connection: any CacheConnection
  ) async throws(AccessError) {
    let user: RedisUser?
    do throws(CacheError) {
      user = try await RedisStateReader(connection).read().users[CacheWord(administrator)]
    } catch {
      throw .cache(error)
    }
    guard let user, user.isOn, !user.needsNoPassword, !user.passwordDigests.isEmpty else { return }
    var passwords: [Secret] = []
    do throws(CredentialStore.Failure) {
      passwords = try store.content(of: administrator).passwords
    } catch .missing {
    } catch {
      throw .credential(error)
    }
    guard !passwords.contains(where: { user.passwordDigests.contains(SHA256.hex($0.reveal())) }) else {
      return
    }
    throw .otherPassword(of: administrator, in: RedisGrants.name, than: store)
  }

  /// Creates or corrects the administrator and returns the step; returns none when the administrator is already
  /// correct.
  ///
  /// It leaves an administrator with excess rights unchanged, because an account that may change the accounts can give
  /// itself any right.
  package func run() async throws(AccessError) -> [PlannedStep] {
    let digests = passwords.map { SHA256.hex($0.reveal()) }
    let accepted = digests.map { "#\($0)" }
    var open: [Deviation] = []
    do throws(CacheError) {
      let state = try await RedisStateReader(connection).read()
      let user = state.users[CacheWord(administrator)]
      if let user, isCorrect(user, digests, state) { return [] }
      try await connection.markUnsaved()
      if let user, !hasOwnPassword(user, digests) {
        open = try await connection.endSessions(of: administrator, accepting: accepted)
      }
      let rules = ["reset", "on"] + accepted + RedisRules.administrator
      _ = try await connection.command(["ACL", "SETUSER", administrator] + rules)
    } catch {
      throw .cache(error)
    }
    // A server without a file saves nothing, and `apply` says so.
    let isSaved = try await connection.saveMarkedChanges() == nil
    if let session = open.first {
      throw .unsupported("\(administrator) has its password and rights, and \(session.message)")
    }
    let shown =
      ["ACL SETUSER", administrator, "reset on #<SHA-256 of its credential>"] + RedisRules.administrator
    return [
      PlannedStep(
        credentialOf: administrator, shownAs: shown.joined(separator: " "),
        reason: "the cache's administrator does not exist, lacks rights, or has another password",
        language: .command)
    ] + (isSaved ? [RedisPlanner.save] : [])
  }

  /// Whether the user has passwords of the file alone. A rotation adds the next one, and removes the former one, at its time.
  private func hasOwnPassword(_ user: RedisUser, _ digests: [String]) -> Bool {
    !user.needsNoPassword && !user.passwordDigests.isEmpty && user.passwordDigests.isSubset(of: digests)
  }

  private func isCorrect(_ user: RedisUser, _ digests: [String], _ state: RedisState) -> Bool {
    let needed = state.commandTable.commands(allowedBy: RedisRules.administrator)
    return user.isOn && hasOwnPassword(user, digests)
      && needed.isSubset(of: state.commandTable.commands(allowedBy: user.commandRules))
  }
}

import AccessManifest
import AccessPlanning
import Cache
import Cryptography

/// The grants of a Redis or Valkey server (7.0 or newer).
package struct RedisGrants: GrantTarget {
  private let manifest: AccessManifest
  private let credentials: CredentialStore
  private let administrator: any CacheConnection
  private let focus: AccessFocus

  /// Reads and writes the grants of the server to which `administrator` is connected.
  package init(
    manifest: AccessManifest, credentials: CredentialStore, administrator: any CacheConnection,
    focus: AccessFocus = .everything
  ) {
    self.focus = focus
    self.manifest = manifest
    self.credentials = credentials
    self.administrator = administrator
  }

  /// The engine's name in reports.
  package static let name = "Redis"

  /// `Redis`.
  package var name: String { Self.name }

  /// Returns the steps that would make the server match the manifest.
  package func plan() async throws(AccessError) -> AccessPlan {
    RedisPlanner(try await comparison(), focus: focus).plan
  }

  /// Returns every deviation from the manifest, by name.
  package func verify() async throws(AccessError) -> [Deviation] {
    try await comparison().deviations
  }

  /// Makes the server match the manifest, with one command for each account that deviates.
  ///
  /// It saves the rights even where nothing deviates: an earlier call may have ended between a change and its saving, and
  /// no command shows what the file holds.
  package func apply() async throws(AccessError) -> AccessOutcome {
    let comparison = try await comparison()
    let plan = RedisPlanner(comparison, focus: focus).plan
    var done = plan.steps.filter { $0 != RedisPlanner.save }
    for step in done { try await run(step, endingSessions: comparison.endsSessions) }
    let note = try await administrator.saveAccessControlList()
    if note == nil, !done.isEmpty { done.append(RedisPlanner.save) }
    return AccessOutcome(
      done: done, unmended: plan.unmended,
      notes: done.isEmpty
        ? [] : note.map { ["the server did not save the rights, so a restart loses them: \($0)"] } ?? [],
      leftOut: plan.leftOut)
  }

  private func run(
    _ step: PlannedStep, endingSessions endsSessions: (String) -> Bool
  ) async throws(AccessError) {
    switch step.action {
    case .statement(let text): try await run(text)
    case .statements(let texts): for text in texts { try await run(text) }
    case .statementsEndingSessions(let first, let owners, let last):
      for text in first { try await run(text) }
      for case .account(let user) in owners { try await run(RedisPlanner.kill(user)) }
      for text in last { try await run(text) }
    case .setCredential(let name):
      let digest = try Self.digest(of: name, in: credentials)
      let rules =
        manifest.cacheAccount(named: name).map { RedisRules.all($0, passwordDigest: digest) }
        ?? ["resetpass", "#\(digest)"]
      // While the password rotates, programs may use either one.
      let other = try Self.otherDigest(of: name, in: credentials).map { ["#\($0)"] } ?? []
      if endsSessions(name) {
        do {
          try await administrator.endSessions(of: name, accepting: ["#\(digest)"] + other)
        } catch {
          throw .cache(error)
        }
      }
      try await run(["ACL", "SETUSER", name] + rules + other)
    }
  }

  private func run(_ command: String) async throws(AccessError) {
    try await run(command.split(separator: " ").map(String.init))
  }

  private func run(_ command: [String]) async throws(AccessError) {
    do {
      _ = try await administrator.command(command)
    } catch {
      throw .cache(error)
    }
  }

  private func comparison() async throws(AccessError) -> RedisComparison {
    var digests: [String: String] = [:]
    for account in manifest.cacheAccounts where credentials.contains(account.name) {
      digests[account.name] = try Self.digest(of: account.name, in: credentials)
    }
    let actual: RedisState
    do {
      actual = try await RedisStateReader(administrator).read()
    } catch {
      throw .cache(error)
    }
    var comparison = RedisComparison(manifest: manifest, passwordDigests: digests, actual: actual)
    for name in Array(digests.keys) + [manifest.administrators.cacheAccount] where credentials.contains(name)
    {
      comparison.rotating[name] = try Self.otherDigest(of: name, in: credentials)
    }
    return comparison
  }

  /// The digest of the second password, while the first one rotates.
  private static func otherDigest(
    of account: String, in credentials: CredentialStore
  ) throws(AccessError) -> String? {
    do {
      guard credentials.contains(account) else { return nil }
      return try credentials.content(of: account).other.map { SHA256.hex($0.password.reveal()) }
    } catch {
      throw .credential(error)
    }
  }

  /// SHA-256 in hexadecimal: the one form in which the server accepts and stores a password without the password
  /// itself.
  static func digest(of account: String, in credentials: CredentialStore) throws(AccessError) -> String {
    do {
      return SHA256.hex(try credentials.password(of: account).reveal())
    } catch {
      throw .credential(error)
    }
  }
}

extension CacheConnection {
  /// Ends the sessions of a user, after no other password begins one. A digest of no password stays until the caller sets
  /// the rules of the user: by it the next run finds what one left that was killed in between.
  func endSessions(of user: String, accepting digests: [String]) async throws(CacheError) {
    let mark = "#" + SHA256.hex(SecureRandom.bytes(SHA256.byteCount))
    _ = try await command(["ACL", "SETUSER", user, "resetpass"] + digests + [mark])
    _ = try await command(RedisPlanner.kill(user).split(separator: " ").map(String.init))
  }

  /// Writes the users to the server's file. Returns a note where the server has no such file; nil where it is written.
  ///
  /// - Throws: where the server has a file and could not write it. The change is in effect, and a restart would take it
  ///   back.
  func saveAccessControlList() async throws(AccessError) -> String? {
    do {
      _ = try await command(["ACL", "SAVE"])
      return nil
    } catch .refused(_, let message) where message.contains("not configured") {
      return "\(message) (configure aclfile)"
    } catch .refused(_, let message) {
      throw .unsupported(
        "the cache did not save its users, so a restart takes the change back: \(message). Mend that and run the "
          + "command again")
    } catch {
      throw .cache(error)
    }
  }
}

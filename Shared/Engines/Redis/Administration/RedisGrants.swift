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
  /// It saves the users after a change, its own or one that an earlier run did not save, and otherwise never.
  package func apply() async throws(AccessError) -> AccessOutcome {
    let comparison = try await comparison()
    let plan = RedisPlanner(comparison, focus: focus).plan
    guard !plan.steps.isEmpty else {
      return AccessOutcome(done: [], unmended: plan.unmended, leftOut: plan.leftOut)
    }
    let steps = plan.steps.filter { $0 != RedisPlanner.save }
    // A file without a usable password must stop the run before its first command.
    let digests = try digests(for: steps)
    do {
      try await administrator.markUnsaved()
    } catch {
      throw .cache(error)
    }
    var done: [PlannedStep] = []
    var open: [Deviation] = []
    let unsaved: String?
    do throws(AccessError) {
      for step in steps {
        open += try await run(step, digests, endingSessions: comparison.endsSessions)
        done.append(step)
      }
      unsaved = try await administrator.saveMarkedChanges()
    } catch {
      throw error.after(done)
    }
    let replaced = comparison.openAccounts.others.filter { digests[$0] != nil }
    var notes = AccessOutcome.notes(ofReplaced: replaced, by: credentials)
    if let unsaved {
      notes.append("the server did not save the rights, so a restart loses them: \(unsaved)")
    } else {
      done.append(RedisPlanner.save)
      if !comparison.isStrict { notes.append(RedisSaving.note) }
    }
    return AccessOutcome(done: done, unmended: plan.unmended + open, notes: notes, leftOut: plan.leftOut)
  }

  package func openAccounts() async throws(AccessError) -> OpenAccounts {
    try await comparison().openAccounts
  }

  /// Executes a step, and returns the users whose sessions go on.
  private func run(
    _ step: PlannedStep, _ digests: [String: [String]], endingSessions endsSessions: (String) -> Bool
  ) async throws(AccessError) -> [Deviation] {
    var open: [Deviation] = []
    switch step.action {
    case .statement(let text), .statementEndingHolders(let text, _, _, _): try await run(text)
    case .statements(let texts): for text in texts { try await run(text) }
    case .statementsEndingSessions(let first, let owners, let last):
      for text in first { try await run(text) }
      for case .account(let user) in owners {
        do {
          open += try await administrator.endSessions(of: user)
        } catch {
          throw .cache(error)
        }
      }
      for text in last { try await run(text) }
    case .setCredential(let name):
      let accepted = digests[name] ?? []
      let digest = accepted.first ?? ""
      let rules =
        manifest.cacheAccount(named: name).map { RedisRules.all($0, passwordDigest: digest) }
        ?? ["resetpass", "#\(digest)"]
      let other = accepted.dropFirst().map { "#\($0)" }
      if endsSessions(name) {
        do {
          open += try await administrator.endSessions(of: name, accepting: ["#\(digest)"] + other)
        } catch {
          throw .cache(error)
        }
      }
      try await run((["ACL", "SETUSER", name] + rules + other).map { CacheWord($0) })
    }
    return open
  }

  /// The digests of the accounts whose credential a step sets. While a password rotates, programs may use either one.
  private func digests(for steps: [PlannedStep]) throws(AccessError) -> [String: [String]] {
    var digests: [String: [String]] = [:]
    for name in steps.compactMap(\.credentialAccount) {
      let other = try Self.otherDigest(of: name, in: credentials)
      digests[name] = [try Self.digest(of: name, in: credentials)] + (other.map { [$0] } ?? [])
    }
    return digests
  }

  private func run(_ command: String) async throws(AccessError) {
    try await run(CacheWord.words(ofLine: command))
  }

  private func run(_ command: [CacheWord]) async throws(AccessError) {
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
  func endSessions(
    of user: String, accepting digests: [String]
  ) async throws(CacheError) -> [Deviation] {
    let mark = "#" + SHA256.hex(SecureRandom.bytes(SHA256.byteCount))
    _ = try await command(["ACL", "SETUSER", user, "resetpass"] + digests + [mark])
    return try await endSessions(of: user)
  }

  /// Ends the sessions of a user. A server may have the command under another name (`rename-command`), and what closes the
  /// user must not wait for it: the result then says that they go on.
  func endSessions(of user: String) async throws(CacheError) -> [Deviation] {
    let reason: String
    do throws(CacheError) {
      _ = try await command(CacheWord.words(ofLine: RedisPlanner.kill(user)))
      return []
    } catch .refused(let code, let message) {
      reason = "\(code) \(message)"
    } catch .permissionDenied {
      reason = "NOPERM"
    }
    return [
      Deviation(
        .different, account: user, object: "sessions", privilege: "CLIENT KILL",
        message:
          "the sessions of \(user) go on, because the server refused CLIENT KILL (\(reason)): restart it")
    ]
  }
}

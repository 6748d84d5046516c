import DataAccess
import EventLoop
import Secrets

/// Creates the driver that connects as one account. The caller supplies the engine and its address.
package typealias AccountDriver = @Sendable (_ account: String, _ password: Secret) -> any DatabaseDriver

/// Whether an error that ended a login follows the engine's check of the password, so that the password is right.
package typealias PasswordProof = @Sendable (DatabaseError) -> Bool

/// Checks whether the database accepts an account's credential, by a login with it.
///
/// The catalog shows a password's verifier only to superusers. A fingerprint beside the role, for example in a
/// comment, would be readable to everyone and open to guessing. It would also be wrong after a manual change of the
/// password. A login tests the password itself, and leaves no residue.
package struct CredentialProbe: Sendable {
  private let store: CredentialStore
  private let driver: AccountDriver
  private let loop: EventLoop
  private let provesPassword: PasswordProof
  private let isServing: @Sendable () async -> Bool

  /// Creates a probe that logs in through `driver`, on `loop`, with the passwords of `store`. `provesPassword` says which
  /// errors of a limit of connections follow the engine's check of the password. `isServing` says whether the server accepts
  /// other connections, after a login that failed for a reason other than its password.
  package init(
    store: CredentialStore, driver: @escaping AccountDriver, loop: EventLoop,
    provesPassword: @escaping PasswordProof, isServing: @escaping @Sendable () async -> Bool
  ) {
    self.provesPassword = provesPassword
    self.isServing = isServing
    self.store = store
    self.driver = driver
    self.loop = loop
  }

  /// The logins at a time. Each takes the server a process and both sides a computation, and a connection of the server.
  private static let concurrentLogins = 4

  /// Returns the state of each account's credential, of some accounts at a time. An account that does not exist yet takes no
  /// login: the engine would refuse it.
  ///
  /// After an accepted login for which the server requested no password, as far as the driver can say, the probe tries to
  /// log in without one. A server that accepts that does not check the account's password (`trust` in pg_hba.conf, possibly
  /// for one account), so its state is `unchecked`. The proof tries wrong passwords too.
  package func states(
    of accounts: [String], existing: Set<String>
  ) async throws(AccessError) -> [String: CredentialState] {
    typealias Answer = (account: String, state: Result<CredentialState, AccessError>)
    let answers = await withTaskGroup(of: Answer.self) { group in
      var waiting = accounts.makeIterator()
      func startNext() {
        guard let account = waiting.next() else { return }
        let exists = existing.contains(account)
        group.addTask { (account, await checkedState(of: account, exists: exists)) }
      }
      for _ in 0..<Self.concurrentLogins { startNext() }
      var answers: [Answer] = []
      for await answer in group {
        answers.append(answer)
        // A server that is down gets no further logins.
        if case .success = answer.state { startNext() }
      }
      return answers
    }
    var states: [String: CredentialState] = [:]
    for answer in answers { states[answer.account] = try answer.state.get() }
    return states
  }

  private func checkedState(
    of account: String, exists: Bool
  ) async -> Result<CredentialState, AccessError> {
    do throws(AccessError) {
      guard exists else { return .success(try content(of: account) == nil ? .absent : .refused) }
      let login = try await login(of: account)
      guard login.state == .accepted, login.hasProvenPassword != true,
        try await response(to: Secret(""), of: account) == .accepted
      else { return .success(login.state) }
      return .success(.unchecked)
    } catch {
      return .failure(error)
    }
  }

  /// The response to one login.
  private struct Login {
    let state: CredentialState
    /// Whether the engine requested the password; nil where that is unknown.
    var hasProvenPassword: Bool?
  }

  private func login(of account: String) async throws(AccessError) -> Login {
    guard let content = try content(of: account) else { return Login(state: .absent) }
    let login = try await login(with: content.current, of: account)
    // A rotation that was interrupted right after the engine's change: the programs have both passwords.
    guard login.state == .refused, case .next(let next, _) = content.other else { return login }
    return try await self.login(with: next, of: account)
  }

  /// The account's credential file; nil where it has none.
  private func content(of account: String) throws(AccessError) -> CredentialText? {
    do {
      return try store.content(of: account)
    } catch .missing {
      return nil
    } catch {
      throw .credential(error)
    }
  }

  /// Returns the engine's response to one login: `accepted`, `refused` or `unusable`.
  package func response(
    to password: Secret, of account: String
  ) async throws(AccessError) -> CredentialState {
    try await login(with: password, of: account).state
  }

  private func login(with password: Secret, of account: String) async throws(AccessError) -> Login {
    do {
      return try await Self.attempt(through: driver(account, password), on: loop)
    } catch .database(let error) where error.kind == .tooManyConnections && provesPassword(error) {
      // The account's own limit follows the password check, and a busy service reaches it. The server's limit precedes
      // the check, and says nothing about the password.
      return Login(state: .accepted)
    } catch .database(let error) {
      // A server that is down says nothing about the account.
      guard await isServing() else { throw .database(error) }
      return Login(state: .unusable(reason: error.detail ?? error.description))
    }
  }

  /// Logs in once: `accepted` or `refused`. Throws an error that says nothing about the credential.
  package static func login(
    through driver: any DatabaseDriver, on loop: EventLoop
  ) async throws(AccessError) -> CredentialState {
    try await attempt(through: driver, on: loop).state
  }

  private static func attempt(
    through driver: any DatabaseDriver, on loop: EventLoop
  ) async throws(AccessError) -> Login {
    do {
      return Login(state: .accepted, hasProvenPassword: try await Database.probe(driver, on: loop))
    } catch {
      switch error.kind {
      case .authenticationFailed: return Login(state: .refused)
      // The error follows the password check: the password is right, but the account may not enter the database.
      case .permissionDenied: return Login(state: .accepted)
      case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .serializationFailure,
        .deadlock, .lockTimeout, .statementTimeout, .cancelled, .connectionLost, .connectionRefused,
        .readOnlyServer,
        .storageFull, .unreadableFile,
        .acquireTimeout, .shuttingDown, .tooManyConnections, .valueOutOfRange, .invalidStatement, .decoding,
        .other:
        throw .database(error)
      }
    }
  }
}

/// The engine's response to a login with an account's credential.
package enum CredentialState: Sendable, Hashable {
  /// The engine accepted it.
  case accepted
  /// The engine refused it: it has another password for the account, or none.
  case refused
  /// The account has no credential file.
  case absent
  /// The engine accepts any password for the account, so the credential cannot be checked.
  case unchecked
  /// The engine starts no session of the account, for this reason of its own: a setting of the account, for example.
  /// The other accounts are not concerned.
  case unusable(reason: String)
}

import Cryptography
import DataAccess
import EventLoop
import Secrets

/// Creates the driver that connects as one account. The caller supplies the engine and its address.
package typealias AccountDriver = @Sendable (_ account: String, _ password: Secret) -> any DatabaseDriver

/// Checks whether the database accepts an account's credential, by a login with it.
///
/// The catalog shows a password's verifier only to superusers. A fingerprint beside the role, for example in a
/// comment, would be readable to everyone and open to guessing. It would also be wrong after a manual change of the
/// password. A login tests the password itself, and leaves no residue.
package struct CredentialProbe: Sendable {
  private let store: CredentialStore
  private let driver: AccountDriver
  private let loop: EventLoop
  private let isServing: @Sendable () async -> Bool

  /// Creates a probe that logs in through `driver`, on `loop`, with the passwords of `store`. `isServing` says whether
  /// the server accepts other connections, after a login that failed for a reason other than its password.
  package init(
    store: CredentialStore, driver: @escaping AccountDriver, loop: EventLoop,
    isServing: @escaping @Sendable () async -> Bool
  ) {
    self.isServing = isServing
    self.store = store
    self.driver = driver
    self.loop = loop
  }

  /// Returns the state of each account's credential.
  ///
  /// After each accepted login the probe tries a wrong password. A server that accepts that one too does not check the
  /// account's password (`trust` in pg_hba.conf, possibly for one account), so its state is `unchecked`.
  package func states(of accounts: [String]) async throws(AccessError) -> [String: CredentialState] {
    let wrong = Secret(SecureRandom.token())
    var states: [String: CredentialState] = [:]
    for account in accounts {
      var state = try await state(of: account)
      if state == .accepted, try await response(to: wrong, of: account) == .accepted { state = .unchecked }
      states[account] = state
    }
    return states
  }

  private func state(of account: String) async throws(AccessError) -> CredentialState {
    do {
      let content = try store.content(of: account)
      let state = try await response(to: content.current, of: account)
      // A rotation that was interrupted right after the engine's change: the programs have both passwords.
      guard state == .refused, case .next(let next, _) = content.other else { return state }
      return try await response(to: next, of: account)
    } catch CredentialStore.Failure.missing {
      return .absent
    } catch let failure as CredentialStore.Failure {
      throw AccessError.credential(failure)
    } catch let error as AccessError {
      throw error
    } catch {
      throw AccessError.unsupported("\(error)")
    }
  }

  /// Returns the engine's response to one login: `accepted`, `refused` or `unusable`.
  package func response(
    to password: Secret, of account: String
  ) async throws(AccessError) -> CredentialState {
    do {
      return try await Self.login(through: driver(account, password), on: loop)
    } catch .database(let error) where error.kind == .tooManyConnections {
      // The account's own limit follows the password check, and a busy service reaches it. The server's limit precedes
      // the check; then the attempt with a wrong password ends here too, and the state is `unchecked`.
      return .accepted
    } catch .database(let error) {
      // A server that is down says nothing about the account.
      guard await isServing() else { throw .database(error) }
      return .unusable(reason: error.detail ?? error.description)
    }
  }

  /// Logs in once: `accepted` or `refused`. Throws an error that says nothing about the credential.
  package static func login(
    through driver: any DatabaseDriver, on loop: EventLoop
  ) async throws(AccessError) -> CredentialState {
    do {
      try await Database.probe(driver, on: loop)
      return .accepted
    } catch {
      switch error.kind {
      case .authenticationFailed: return .refused
      // The error follows the password check: the password is right, but the account may not enter the database.
      case .permissionDenied: return .accepted
      case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .serializationFailure,
        .deadlock, .lockTimeout, .statementTimeout, .connectionLost, .connectionRefused, .readOnlyServer,
        .storageFull,
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

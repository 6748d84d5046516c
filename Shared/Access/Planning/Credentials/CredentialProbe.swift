import Cryptography
import DataAccess
import EventLoop
import Secrets

/// Makes the driver that connects as one account; the composition knows the engine and where it is.
package typealias AccountDriver = @Sendable (_ account: String, _ password: Secret) -> any DatabaseDriver

/// Finds out whether the database knows an account's credential, by logging in with it.
///
/// The catalog shows a password's verifier to superusers alone. A fingerprint kept beside the role (in a comment,
/// say) would be readable to everyone, could be tried against passwords, and would still be wrong after somebody
/// changed the password by hand. A login answers the question itself, and leaves nothing behind.
package struct CredentialProbe: Sendable {
  private let store: CredentialStore
  private let driver: AccountDriver
  private let loop: EventLoop

  /// Logs in through `driver`, on `loop`, with the passwords of `store`.
  package init(store: CredentialStore, driver: @escaping AccountDriver, loop: EventLoop) {
    self.store = store
    self.driver = driver
    self.loop = loop
  }

  /// The state of each account's credential.
  ///
  /// Each account that is let in is tried once more with a wrong password: a server that lets that in too does not look
  /// at its password at all (`trust` in pg_hba.conf, whose lines may name one account), and saying "accepted" of it
  /// would be a lie.
  package func states(of accounts: [String]) async throws(AccessError) -> [String: CredentialState] {
    let wrong = Secret(SecureRandom.token())
    var states: [String: CredentialState] = [:]
    for account in accounts {
      var state = try await state(of: account)
      if state == .accepted, try await attempt(account, wrong) == .accepted { state = .unchecked }
      states[account] = state
    }
    return states
  }

  private func state(of account: String) async throws(AccessError) -> CredentialState {
    do {
      return try await attempt(account, try store.password(of: account))
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

  private func attempt(_ account: String, _ password: Secret) async throws(AccessError) -> CredentialState {
    try await Self.login(through: driver(account, password), on: loop)
  }

  /// Logs in once: `accepted` or `refused`. An error that says nothing about the credential is thrown.
  package static func login(
    through driver: any DatabaseDriver, on loop: EventLoop
  ) async throws(AccessError) -> CredentialState {
    do {
      try await connect(driver, on: loop)
      return .accepted
    } catch {
      switch error.kind {
      case .authenticationFailed: return .refused
      // Both come after the password was checked: it was right, but the account may not enter, or not once more.
      case .permissionDenied, .tooManyConnections: return .accepted
      case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .serializationFailure,
        .deadlock, .lockTimeout, .statementTimeout, .connectionLost, .connectionRefused, .acquireTimeout,
        .shuttingDown, .valueOutOfRange, .invalidStatement, .decoding, .other:
        throw .database(error)
      }
    }
  }

  private static func connect(
    _ driver: any DatabaseDriver, on loop: EventLoop
  ) async throws(DatabaseError) {
    let outcome: Result<Void, DatabaseError> = await withUnsafeContinuation { continuation in
      loop.run {
        do throws(DatabaseError) {
          try await driver.connect(on: loop).value.close()
          continuation.resume(returning: .success(()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    try outcome.get()
  }
}

/// How an engine answered when an account's credential was tried.
package enum CredentialState: Sendable, Hashable {
  /// It was let in.
  case accepted
  /// It was refused: the engine has another password for it, or none.
  case refused
  /// There is no credential file to try.
  case absent
  /// The engine lets the account in without looking at its password, so that nothing can be said.
  case unchecked
}

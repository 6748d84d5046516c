import AccessManifest
import DataAccess
import EventLoop
import Logging
import Secrets

/// The database as the proof uses it: a connection for every account, and the administrator's.
package struct ProofDatabase: Sendable {
  /// Returns the driver that connects as an account, with that account's own credential.
  package typealias Driver = @Sendable (_ account: String) throws -> any DatabaseDriver

  /// Returns the driver that connects as an account with this password.
  package typealias Login = @Sendable (_ account: String, _ password: Secret) -> any DatabaseDriver

  let administrator: Database
  let driver: Driver
  /// Nil where the engine checks no password.
  let login: Login?
  let escapeAttempts: EscapeAttempts
  let loop: EventLoop
  let logger: Logger
  /// Reads the rights that the proof cannot try; nil where there are no logins beside the manifest's.
  package var untriedRights: UntriedRight.Reader?
  /// How long the proof waits for a table that another session holds, before it gives up.
  package var locks = LockLimits(totalMilliseconds: 10_000)

  /// Creates the database of a proof. `escapeAttempts` belong to the engine that `driver` connects to. `administrator`
  /// inserts the probe rows. `login` connects with any password, for the logins that must fail.
  package init(
    administrator: Database, escapeAttempts: EscapeAttempts, loop: EventLoop, logger: Logger,
    login: Login? = nil, driver: @escaping Driver
  ) {
    self.administrator = administrator
    self.escapeAttempts = escapeAttempts
    self.loop = loop
    self.logger = logger
    self.driver = driver
    self.login = login
  }

  /// Runs `body` with what the administrator finds in the server, and keeps one of its sessions open and idle meanwhile.
  func surveyed<Result>(
    for manifest: AccessManifest, _ body: (DatabaseSurvey) async -> Result
  ) async throws(DatabaseError) -> Result {
    guard let survey = escapeAttempts.survey else { return await body(DatabaseSurvey()) }
    let bystanders = Database(
      driver: administrator.driver, loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
    return try await bystanders.closing { () throws(DatabaseError) in
      try await bystanders.session("be a bystander") { (session) throws(DatabaseError) in
        await body(try await survey(administrator, session, manifest))
      }
    }
  }

  /// Runs `body` in a session as `account`, opened with the account's credential. The administrator's is open already.
  func session(
    as account: String, isAdministrator: Bool, _ body: (Session) async throws(DatabaseError) -> Void
  ) async throws {
    if isAdministrator { return try await administrator.session(Self.label, body) }
    let connection = Database(
      driver: try driver(account), loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
    try await connection.closing { () throws(DatabaseError) in
      try await connection.session(Self.label, body)
    }
  }

  private static let label = "prove isolation"
}

extension ProofDatabase {
  /// Tries a login that must fail. A server that accepts the password and denies the database has accepted the login.
  func outcome(of attempt: LoginAttempt) async -> ProofOutcome {
    guard let login else { return .failed(code: "", message: "the engine checks no password") }
    do throws(DatabaseError) {
      try await Database.probe(login(attempt.account, attempt.password), on: loop)
      return .allowed
    } catch {
      if error.isRefusedLogin {
        return .denied(code: error.nativeCode, message: error.detail ?? error.description)
      }
      if error.kind == .connectionRefused || error.kind == .connectionLost {
        return .notTried(code: error.nativeCode, message: error.detail ?? error.description)
      }
      return error.isPermissionDenied ? .allowed : ProofOutcome(error)
    }
  }
}

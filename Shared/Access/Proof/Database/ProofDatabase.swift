import DataAccess
import EventLoop
import Logging

/// The database as the proof uses it: a connection for every account, and the administrator's.
package struct ProofDatabase: Sendable {
  /// Returns the driver that connects as an account, with that account's own credential.
  package typealias Driver = @Sendable (_ account: String) throws -> any DatabaseDriver

  let administrator: Database
  let driver: Driver
  let escapeAttempts: EscapeAttempts
  let loop: EventLoop
  let logger: Logger

  /// Creates the database of a proof. `escapeAttempts` belong to the engine that `driver` connects to. `administrator`
  /// inserts the probe rows.
  package init(
    administrator: Database, escapeAttempts: EscapeAttempts, loop: EventLoop, logger: Logger,
    driver: @escaping Driver
  ) {
    self.administrator = administrator
    self.escapeAttempts = escapeAttempts
    self.loop = loop
    self.logger = logger
    self.driver = driver
  }

  /// Runs `body` in a session as `account`, opened with the account's credential. The administrator's is open already.
  func session(
    as account: String, isAdministrator: Bool, _ body: (Session) async throws(DatabaseError) -> Void
  ) async throws {
    if isAdministrator { return try await administrator.session(Self.label, body) }
    let connection = Database(
      driver: try driver(account), loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
    do {
      try await connection.session(Self.label, body)
      await connection.close()
    } catch {
      await connection.close()
      throw error
    }
  }

  private static let label = "prove isolation"
}

import DataAccess
import EventLoop
import Logging

/// The database as the proof needs it: an entrance for every account, and one for the administrator.
package struct ProofDatabase: Sendable {
  /// Answers the driver that connects as an account, with that account's own credential.
  package typealias Driver = @Sendable (_ account: String) throws -> any DatabaseDriver

  let administrator: Database
  let driver: Driver
  let escapeAttempts: EscapeAttempts
  let loop: EventLoop
  let logger: Logger

  /// `escapeAttempts` are those of the engine that `driver` connects to. `administrator` puts the proof's rows in place.
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

  /// Gives `body` a session as `account`: one of its own, opened with its credential; the administrator's entrance is
  /// there already.
  func session(
    as account: String, isAdministrator: Bool, _ body: (Session) async throws(DatabaseError) -> Void
  ) async throws {
    if isAdministrator { return try await administrator.session(Self.label, body) }
    let entrance = Database(
      driver: try driver(account), loop: loop, configuration: PoolConfiguration(size: 1), logger: logger)
    do {
      try await entrance.session(Self.label, body)
      await entrance.close()
    } catch {
      await entrance.close()
      throw error
    }
  }

  private static let label = "prove isolation"
}

import DataAccess
import EventLoop
import Logging
import Transport

/// PostgreSQL 14 and newer over libpq; it never blocks a loop.
///
/// A separate thread opens a connection, because name resolution and key derivation block. From then on the connection
/// lives on its loop: non-blocking, in pipeline mode, with many autocommit reads at once.
///
/// ```swift
/// let driver = PostgresDriver(configuration: configuration)
/// let database = Database(driver: driver, loop: loop, configuration: PoolConfiguration(size: 4), logger: logger)
/// ```
package struct PostgresDriver: DatabaseDriver {
  /// How long one host may take to accept a connection before the driver tries the next.
  package static let defaultConnectTimeoutMilliseconds = 5_000

  /// Opens connections for all loops; limits how many it opens at once and how many wait.
  private static let opening = OffloadQueue(concurrency: 4, queueLimit: 1_024)

  private let configuration: DatabaseConfiguration
  private let applicationName: String
  private let connectTimeoutMilliseconds: Int
  private let logger: Logger

  /// Makes a driver for the configuration's account. `pg_stat_activity` shows `applicationName`; its default is the
  /// account's name. The server's notices go to `logger` at level debug.
  package init(
    configuration: DatabaseConfiguration, applicationName: String? = nil,
    connectTimeoutMilliseconds: Int = PostgresDriver.defaultConnectTimeoutMilliseconds,
    logger: Logger = Logger(label: "postgres")
  ) {
    self.configuration = configuration
    self.applicationName = applicationName ?? configuration.user
    self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    self.logger = logger
  }

  /// PostgreSQL's dialect.
  package var dialect: Dialect { .postgreSQL }

  /// Pipeline mode sends any number of reads over one connection.
  package var multiplexesReads: Bool { true }

  /// Opens a session on the first configured host that accepts it.
  ///
  /// Fails with the last host's reason. A rejected credential ends the search at once, because every further attempt
  /// would count as another wrong password.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let established = try await establish()
    let account = configuration.user, logger = logger
    let outcome: Result<LoopBound<any DatabaseConnection>, DatabaseError> =
      await withUnsafeContinuation { continuation in
        loop.execute {
          continuation.resume(
            returning: PostgresConnection.adopt(established, account: account, on: loop, logger: logger))
        }
      }
    return try outcome.get()
  }

  private func establish() async throws(DatabaseError) -> EstablishedConnection {
    var failure = DatabaseError(.connectionRefused, operation: "connect", detail: "no host is configured")
    for host in configuration.hosts {
      do {
        return try await attempt(host)
      } catch {
        failure = error
        if case .authenticationFailed = error.kind { throw error }
      }
    }
    throw failure
  }

  private func attempt(_ host: Endpoint) async throws(DatabaseError)
    -> EstablishedConnection
  {
    let parameters = ConnectionParameters(configuration: configuration, applicationName: applicationName)
    let attempt = ConnectionAttempt(
      parameters: parameters.pairs(for: host), timeoutMilliseconds: connectTimeoutMilliseconds)
    do {
      return try await Self.opening.run { try attempt.run() }
    } catch let failure as ConnectionFailure {
      throw DatabaseError(failure, host: host, account: configuration.user)
    } catch {
      throw DatabaseError(.connectionRefused, operation: "connect", detail: "\(error)")
    }
  }
}

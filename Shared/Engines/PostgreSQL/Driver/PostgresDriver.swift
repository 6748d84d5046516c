import DataAccess
import EventLoop
import Logging
import Transport

/// PostgreSQL 14 and newer over libpq, without ever blocking a loop.
///
/// A connection is opened on a thread apart (names are resolved, keys computed there) and lives on its loop from then
/// on: non-blocking, in pipeline mode, many autocommit reads at once.
///
/// ```swift
/// let driver = PostgresDriver(configuration: configuration)
/// let database = Database(driver: driver, loop: loop, configuration: PoolConfiguration(size: 4), logger: logger)
/// ```
package struct PostgresDriver: DatabaseDriver {
  /// How long one host may take to let us in before the next is tried.
  package static let defaultConnectTimeoutMilliseconds = 5_000

  /// Connections being opened at the same time, and waiting to be, over all loops.
  private static let opening = OffloadQueue(concurrency: 4, queueLimit: 1_024)

  private let configuration: DatabaseConfiguration
  private let applicationName: String
  private let connectTimeoutMilliseconds: Int
  private let logger: Logger

  /// A driver for the configuration's account. `applicationName` is what `pg_stat_activity` shows; the account's name
  /// when nil. Notices of the server go to `logger` at debug.
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

  /// PostgreSQL's.
  package var dialect: Dialect { .postgreSQL }

  /// Pipeline mode carries any number of reads.
  package var multiplexesReads: Bool { true }

  /// Opens a session on the first of the configured hosts that lets us in.
  ///
  /// Fails with the last host's reason; refused credentials end the search at once, because every further attempt
  /// would count as one more wrong password.
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

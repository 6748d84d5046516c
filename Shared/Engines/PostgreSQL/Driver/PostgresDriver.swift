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
  /// How long all hosts together may take, in equal parts. Less than the pool's limit, so that the driver's reason, which
  /// names the hosts, is the one that is logged.
  package static let defaultConnectTimeoutMilliseconds = 4_500

  /// Opens connections for all loops; limits how many it opens at once and how many wait.
  private static let opening = OffloadQueue(concurrency: 4, queueLimit: 1_024)

  private let configuration: DatabaseConfiguration
  private let memory: HostMemory
  private let cancellations = CancellationQueues()
  private let release = ServerRelease.Last()
  private let search: HostSearch<EstablishedConnection>

  /// Makes a driver for the configuration's account. `pg_stat_activity` shows `applicationName`; its default is the
  /// account's name. The server's notices go to `logger` at level debug, its warnings at a login at
  /// level warning.
  package init(
    configuration: DatabaseConfiguration, applicationName: String? = nil,
    connectTimeoutMilliseconds: Int = PostgresDriver.defaultConnectTimeoutMilliseconds,
    logger: Logger = Logger(label: "postgres")
  ) {
    self.init(
      configuration: configuration, applicationName: applicationName,
      connectTimeoutMilliseconds: connectTimeoutMilliseconds, logger: logger,
      servers: { ServerAddress.all(of: $0) })
  }

  /// Makes a driver with another resolver: `servers` returns the servers of a host.
  init(
    configuration: DatabaseConfiguration, applicationName: String? = nil,
    connectTimeoutMilliseconds: Int, logger: Logger = Logger(label: "postgres"),
    servers: @escaping @Sendable (Endpoint) -> [ServerAddress]
  ) {
    self.configuration = configuration
    let gate = PasswordGate(
      configuration.credential, account: configuration.user, of: "database",
      retryDelaySeconds: configuration.retryDelaySeconds, logger: logger)
    memory = HostMemory(gate: gate, credential: configuration.credential)
    let login = HostLogin(
      configuration: configuration, applicationName: applicationName ?? configuration.user, logger: logger)
    search = HostSearch(
      hosts: configuration.hosts, timeoutMilliseconds: connectTimeoutMilliseconds, memory: memory,
      servers: servers
    ) { (server, password, timeout) throws(HostFailure) in
      try login.connect(to: server, password: password, timeoutMilliseconds: timeout)
    }
  }

  /// PostgreSQL's dialect, as the release has it that was reached last.
  package var dialect: Dialect { release.value.dialect }

  /// Pipeline mode sends any number of reads over one connection.
  package var multiplexesReads: Bool { true }

  /// Without names, a pooler gives each transaction another session.
  package var keepsSessions: Bool { configuration.preparedStatements == .named }

  /// Opens a session on the first host that accepts it and takes writes.
  ///
  /// Fails with the reason of each host.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let established = try await establish()
    release.note(established.release)
    let origin = PostgresConnection.Origin(
      server: established.server, account: configuration.user,
      preparation: configuration.preparedStatements,
      transactionSettings: SessionSettings.transactionStatements(for: configuration), group: memory.group,
      cancelling: cancellations.queue(for: established.server))
    let outcome: Result<LoopBound<any DatabaseConnection>, DatabaseError> =
      await withUnsafeContinuation { continuation in
        loop.execute {
          continuation.resume(
            returning: PostgresConnection.adopt(established, from: origin, on: loop))
        }
      }
    let connection = try outcome.get()
    memory.settle(established.server)
    return connection
  }

  private func establish() async throws(DatabaseError) -> EstablishedConnection {
    let search = search
    do {
      return try await Self.opening.run { try search.run().connection }
    } catch let error as DatabaseError {
      throw error
    } catch {
      throw DatabaseError(.connectionRefused, operation: DatabaseError.connecting, detail: "\(error)")
    }
  }
}

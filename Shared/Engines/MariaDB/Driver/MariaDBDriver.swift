import DataAccess
import EventLoop
import Logging
import Transport

/// MariaDB 10.6 and newer over libmariadb; it never blocks a loop.
///
/// A separate thread opens a connection, because name resolution and the TLS handshake take their time. From then on the
/// connection lives on its loop, in the library's non-blocking calls. It executes one statement at a time.
package struct MariaDBDriver: DatabaseDriver {
  /// How long all hosts together may take, in equal parts. Less than the pool's limit, so that the driver's reason, which
  /// names the hosts, is the one that is logged.
  package static let defaultConnectTimeoutMilliseconds = 4_500

  /// Opens connections for all loops; limits how many it opens at once and how many wait.
  private static let opening = OffloadQueue(concurrency: 4, queueLimit: 1_024)
  /// Sends cancellations, apart from the connections that are being opened.
  private static let cancelling = OffloadQueue(concurrency: 2, queueLimit: 256)

  private let configuration: DatabaseConfiguration
  private let logger: Logger
  private let memory: HostMemory
  private let family = ServerFamily.Last()
  private let search: HostSearch<EstablishedConnection>

  /// Makes a driver for the configuration's account.
  package init(
    configuration: DatabaseConfiguration,
    connectTimeoutMilliseconds: Int = MariaDBDriver.defaultConnectTimeoutMilliseconds,
    logger: Logger = Logger(label: "mariadb")
  ) {
    let login = HostLogin(configuration: configuration)
    self.init(
      configuration: configuration, connectTimeoutMilliseconds: connectTimeoutMilliseconds, logger: logger,
      servers: { login.servers(of: $0) })
  }

  /// Makes a driver with another resolver: `servers` returns the servers of a host.
  init(
    configuration: DatabaseConfiguration, connectTimeoutMilliseconds: Int,
    logger: Logger = Logger(label: "mariadb"), servers: @escaping @Sendable (Endpoint) -> [ServerAddress]
  ) {
    self.configuration = configuration
    self.logger = logger
    let gate = PasswordGate(
      configuration.credential, account: configuration.user, of: "database",
      retryDelaySeconds: configuration.retryDelaySeconds, logger: logger)
    memory = HostMemory(gate: gate, credential: configuration.credential)
    let login = HostLogin(configuration: configuration)
    search = HostSearch(
      hosts: configuration.hosts, timeoutMilliseconds: connectTimeoutMilliseconds, memory: memory,
      servers: servers
    ) { (server, password, timeout) throws(HostFailure) in
      try login.connect(to: server, password: password, timeoutMilliseconds: timeout)
    }
  }

  /// The family's dialect, with the name of the server that was reached last.
  package var dialect: Dialect { family.value.dialect }

  /// The protocol has one statement at a time.
  package var multiplexesReads: Bool { false }

  /// Opens a session on the first host that accepts it and takes writes.
  ///
  /// Fails with the reason of each host.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let found = try await establish()
    family.note(found.connection.answer.family)
    let (configuration, cancelling, group, logger) = (configuration, Self.cancelling, memory.group, logger)
    let outcome: Result<LoopBound<any DatabaseConnection>, DatabaseError> =
      await withUnsafeContinuation { continuation in
        loop.execute {
          let outcome = MariaDBConnection.adopt(
            found.connection, configuration: configuration, cancelling: cancelling, logger: logger, on: loop)
          if case .success(let bound) = outcome, let connection = bound.value as? MariaDBConnection {
            connection.join(group, at: found.server, on: loop)
          }
          continuation.resume(returning: outcome)
        }
      }
    let connection = try outcome.get()
    memory.settle(found.server)
    return connection
  }

  private func establish() async throws(DatabaseError) -> HostSearch<EstablishedConnection>.Found {
    let search = search
    do {
      return try await Self.opening.run { try search.run() }
    } catch let error as DatabaseError {
      throw error
    } catch {
      throw DatabaseError(.connectionRefused, operation: DatabaseError.connecting, detail: "\(error)")
    }
  }
}

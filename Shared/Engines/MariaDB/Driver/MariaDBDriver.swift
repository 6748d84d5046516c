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
  private let search: HostSearch

  /// Makes a driver for the configuration's account.
  package init(
    configuration: DatabaseConfiguration,
    connectTimeoutMilliseconds: Int = MariaDBDriver.defaultConnectTimeoutMilliseconds,
    logger: Logger = Logger(label: "mariadb")
  ) {
    self.configuration = configuration
    let gate = PasswordGate(
      configuration.credential, account: configuration.user, of: "database",
      retryDelaySeconds: configuration.retryDelaySeconds, logger: logger)
    search = HostSearch(
      configuration: configuration, timeoutMilliseconds: connectTimeoutMilliseconds,
      memory: HostSearch.Memory(gate: gate))
  }

  /// MariaDB's dialect.
  package var dialect: Dialect { .mariaDB }

  /// The protocol has one statement at a time.
  package var multiplexesReads: Bool { false }

  /// Opens a session on the first host that accepts it and takes writes.
  ///
  /// Fails with the reason of each host.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let established = try await establish()
    let (configuration, cancelling) = (configuration, Self.cancelling)
    let outcome: Result<LoopBound<any DatabaseConnection>, DatabaseError> =
      await withUnsafeContinuation { continuation in
        loop.execute {
          continuation.resume(
            returning: MariaDBConnection.adopt(
              established, configuration: configuration, cancelling: cancelling, on: loop))
        }
      }
    return try outcome.get()
  }

  private func establish() async throws(DatabaseError) -> EstablishedConnection {
    let search = search
    do {
      return try await Self.opening.run { try search.run() }
    } catch let error as DatabaseError {
      throw error
    } catch {
      throw DatabaseError(.connectionRefused, operation: "connect", detail: "\(error)")
    }
  }
}

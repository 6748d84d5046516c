import DataAccess
import EventLoop
import Logging
import Synchronization

/// SQLite in-process, in WAL mode: reads run on the loop, and one writer at a time runs off it.
///
/// A service opens the file as its account, whose rights `bulkhead access apply` has stored in the file (see
/// ``SQLiteRights``). Three means enforce them: SQLite's authorizer, temporary views and triggers over the tables, and
/// a rejection of statements that the authorizer does not cover. Changed rights take effect within a second, from the
/// next transaction.
///
/// - Warning: This is defence in depth, not a security boundary: a process that can open the file can do everything
///   with it. The boundary is the file, which the driver creates with mode 0600.
///
/// Several processes of one machine may use the file at once. It must not lie on a network file system.
package struct SQLiteDriver: DatabaseDriver {
  private let opener: SessionOpener
  private let connections: OpenConnections
  private let knownDialect = KnownDialect()

  /// Opens the file as the account `configuration.user`, whose rights the file must contain.
  ///
  /// The file is `configuration.name`; the driver appends `.db` when it is missing.
  package init(configuration: DatabaseConfiguration) {
    self.init(
      path: Self.path(forDatabase: configuration.name), account: .restricted(configuration.user))
  }

  /// Opens the file with all rights, and creates it with mode 0600 when it is missing. Only the tool that migrates it
  /// and stores the rights uses this, never a service.
  package static func unrestricted(path: String) -> SQLiteDriver {
    SQLiteDriver(path: path, account: .unrestricted, options: .administration)
  }

  /// Opens the file of `configuration.name` like ``unrestricted(path:)``.
  package static func unrestricted(configuration: DatabaseConfiguration) -> SQLiteDriver {
    unrestricted(path: path(forDatabase: configuration.name))
  }

  init(
    path: String, account: SessionOpener.Account, options: SQLiteOptions = SQLiteOptions(),
    logger: Logger = Logger(label: "sqlite")
  ) {
    opener = SessionOpener(
      path: path, account: account, options: options, journal: JournalWatch(options, logger: logger))
    connections = OpenConnections(Checkpoint(path: path, options: options, logger: logger))
  }

  /// The suffix of a database file.
  package static let fileSuffix = ".db"

  /// Returns the path of a database file: the name, with `.db` appended when it is missing.
  package static func path(forDatabase name: String) -> String {
    name.hasSuffix(fileSuffix) ? name : name + fileSuffix
  }

  /// SQLite's dialect. After the first connection it includes the account's names for its tables.
  package var dialect: Dialect { knownDialect.value.withLock { $0 } }

  /// Reads run on the loop, so a connection has no queue of reads.
  package var multiplexesReads: Bool { true }

  /// Opens the file. Fails with `connectionRefused` when it is missing, with `unreadableFile` when it is empty, damaged or
  /// not a database, and with `authenticationFailed` when it has no rights for the account.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let reader = SessionHolder(opener, for: .reading)
    connections.entered()
    switch await Self.opened(reader) {
    case .success(let relations):
      knownDialect.value.withLock { $0.relations = relations }
      return await make(reader, relations, on: loop)
    case .failure(let error):
      connections.failedToEnter()
      throw error
    }
  }

  /// Waits until the closed connections have closed the file, and the last one has written the journal into it.
  package func waitForClosedConnections() async { await connections.waitForClosing() }

  /// SQLite has no accounts, so only an unrestricted connection counts as one with superuser rights.
  package func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError)
    -> AccountInspection
  {
    switch opener.account {
    case .restricted(let name):
      AccountInspection(account: name, isSuperuser: false, bypassesRowSecurity: false, ownedTables: [])
    case .unrestricted:
      AccountInspection(
        account: "unrestricted", isSuperuser: true, bypassesRowSecurity: true, ownedTables: [])
    }
  }

  /// Opens the file on a thread that may block, never on the loop. A full queue refuses the connection.
  private static func opened(_ reader: SessionHolder) async -> Result<[String: Relation], DatabaseError> {
    do {
      return try await Offload.run { Result { () throws(DatabaseError) in try reader.refresh() } }
    } catch {
      return .failure(
        DatabaseError(.connectionRefused, operation: DatabaseError.connecting, detail: "\(error)"))
    }
  }

  /// Makes the connection on its loop.
  private func make(
    _ reader: SessionHolder, _ relations: [String: Relation], on loop: EventLoop
  ) async -> LoopBound<any DatabaseConnection> {
    await withUnsafeContinuation { [opener, connections] continuation in
      loop.perform {
        let connection = SQLiteConnection(
          reader: reader, relations: relations, opener: opener, connections: connections, loop: loop)
        continuation.resume(returning: LoopBound<any DatabaseConnection>(connection, to: loop))
      }
    }
  }
}

/// The dialect as the driver's connections have found it for the account. The driver's copies share it.
private final class KnownDialect: Sendable {
  let value = Mutex(Dialect.sqlite)
}

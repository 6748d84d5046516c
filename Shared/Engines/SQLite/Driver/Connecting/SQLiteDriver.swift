import DataAccess
import EventLoop
import Synchronization

/// SQLite in the process: reads on the loop in WAL mode, one writer at a time away from it.
///
/// A service opens the file as its account, whose rights `bulkhead access apply` has stored in the file (see
/// ``SQLiteRights``). They are enforced by SQLite's authorizer, by temporary views and triggers over the tables, and
/// by refusing what the authorizer does not see. Changed rights hold within a second, and from the next transaction.
///
/// - Warning: This is defence in depth, not a wall: whoever can open the file can do everything with it. The file is
///   the wall; it is made with mode 0600.
///
/// Several processes may use the file at once, on one machine; it must not lie on a network file system.
package struct SQLiteDriver: DatabaseDriver {
  private let opener: SessionOpener
  private let knownDialect = KnownDialect()

  /// Opens the file as the account `configuration.user`, which must have rights stored in it.
  ///
  /// The file is `configuration.name`, with `.db` added unless it ends so already.
  package init(configuration: DatabaseConfiguration) {
    self.init(
      path: Self.path(forDatabase: configuration.name), account: .restricted(configuration.user))
  }

  /// Opens the file with all rights, and creates it, with mode 0600, where there is none: for the tool that migrates
  /// it and stores the rights, never for a service.
  package static func unrestricted(path: String) -> SQLiteDriver {
    SQLiteDriver(path: path, account: .unrestricted)
  }

  /// As ``unrestricted(path:)``, with the path that `configuration.name` gives.
  package static func unrestricted(configuration: DatabaseConfiguration) -> SQLiteDriver {
    unrestricted(path: path(forDatabase: configuration.name))
  }

  init(path: String, account: SessionOpener.Account, options: SQLiteOptions = SQLiteOptions()) {
    opener = SessionOpener(path: path, account: account, options: options)
  }

  /// What the name of a database's file ends in.
  package static let fileSuffix = ".db"

  /// The path of a database's file: the name, with `.db` added unless it ends so already.
  package static func path(forDatabase name: String) -> String {
    name.hasSuffix(fileSuffix) ? name : name + fileSuffix
  }

  /// SQLite's; once there has been a connection, with the names that its account has for its tables.
  package var dialect: Dialect { knownDialect.value.withLock { $0 } }

  /// Reads are answered on the loop, so there is nothing to wait for.
  package var multiplexesReads: Bool { true }

  /// Opens the file. Fails with `connectionRefused` when it is missing or no database, and with
  /// `authenticationFailed` when no rights are stored for the account.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    let reader = SessionHolder(opener, for: .reading)
    let opened: Result<[String: Relation], DatabaseError> = await Self.blocking {
      Result { () throws(DatabaseError) in try reader.refresh() }
    }
    let relations = try opened.get()
    knownDialect.value.withLock { $0.relations = relations }
    return await Self.make(reader, relations, opener, on: loop)
  }

  /// SQLite has no accounts, so it has no mighty ones either; only an unrestricted connection is reported as such.
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

  /// Runs what blocks on a thread where that is no harm.
  private static func blocking<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    do {
      return try await Offload.run(body)
    } catch {
      // The queue of the process is full: then here and now is as good as anywhere.
      return body()
    }
  }

  /// Makes the connection on its loop.
  private static func make(
    _ reader: SessionHolder, _ relations: [String: Relation], _ opener: SessionOpener, on loop: EventLoop
  ) async -> LoopBound<any DatabaseConnection> {
    await withUnsafeContinuation { continuation in
      loop.perform {
        let connection = SQLiteConnection(reader: reader, relations: relations, opener: opener, loop: loop)
        continuation.resume(returning: LoopBound<any DatabaseConnection>(connection, to: loop))
      }
    }
  }
}

/// What the driver's connections have learned of the account; the driver's copies share it.
private final class KnownDialect: Sendable {
  let value = Mutex(Dialect.sqlite)
}

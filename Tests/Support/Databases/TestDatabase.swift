import DataAccess
import EventLoop
import Logging
import Secrets
import Synchronization

/// A database of a test's own, empty at first, on a loop of its own, gone when the test is done.
public struct TestDatabase: Sendable {
  /// The engine it lives in.
  public let engine: DatabaseEngine
  /// The loop that everything of this test runs on.
  public let loop: EventLoop
  /// How the account that owns the database reaches it.
  public let configuration: DatabaseConfiguration
  /// Connects as the account that owns the database: it may do everything there, and is no superuser.
  public let driver: any DatabaseDriver
  /// The accounts that were made for the test, where accounts are the server's.
  private let accounts = AccountBook()

  private final class AccountBook: Sendable {
    let names = Mutex<[String]>([])
  }

  /// Makes a database, runs `body`, and removes the database, its accounts and its sessions, however `body` ends.
  public static func with(
    _ engine: DatabaseEngine, _ body: (TestDatabase) async throws -> Void
  ) async throws {
    let fixture = try LoopFixture(name: "test-\(engine)")
    switch engine {
    case .sqlite: try await withSQLite(fixture.loop, body)
    case .postgresql: try await withPostgreSQL(try PostgresServer.shared(), fixture.loop, body)
    }
    withExtendedLifetime(fixture) {}
  }

  /// As ``with(_:_:)``, on a PostgreSQL server of the caller's choice, as one that the test may kill.
  public static func withPostgreSQL(
    _ server: PostgresServer, _ loop: EventLoop, _ body: (TestDatabase) async throws -> Void
  ) async throws {
    let made = try await PostgresTestDatabase.create(on: server, loop: loop)
    let configuration = server.configuration(as: server.owner, database: made.name)
    let database = TestDatabase(
      engine: .postgresql, loop: loop, configuration: configuration,
      driver: server.driver(as: server.owner, database: made.name))
    let outcome = await Self.outcome { try await body(database) }
    try await made.drop(accounts: database.accounts.names.withLock { $0 }, loop: loop)
    try outcome.get()
  }

  private static func withSQLite(
    _ loop: EventLoop, _ body: (TestDatabase) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let (configuration, driver) = SQLiteTestDatabase.make(in: folder)
    try await body(
      TestDatabase(engine: .sqlite, loop: loop, configuration: configuration, driver: driver))
    withExtendedLifetime(folder) {}
  }

  private static func outcome(_ body: () async throws -> Void) async -> Result<Void, any Error> {
    do {
      try await body()
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  /// Opens a pool over the database, runs `body`, and closes the pool.
  public func withPool<Value: Sendable>(
    _ configuration: PoolConfiguration = PoolConfiguration(size: 3),
    driver: (any DatabaseDriver)? = nil,
    _ body: (Database) async throws -> Value
  ) async throws -> Value {
    let database = Database(
      driver: driver ?? self.driver, loop: loop, configuration: configuration, logger: .silent)
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try await body(database))
    } catch {
      outcome = .failure(error)
    }
    await database.close()
    return try outcome.get()
  }

  /// Makes a PostgreSQL role with LOGIN and a password and no rights, under a name that no other test has.
  public func createAccount(_ purpose: String) async throws -> PostgresServer.Account {
    guard engine == .postgresql else { throw SupportError("\(engine) has no accounts of its own") }
    let account = PostgresServer.Account(
      name: "\(purpose)-\(RandomName.make())", password: Secret(RandomName.make()))
    accounts.names.withLock { $0.append(account.name) }
    try await DriverSession.with(driver, on: loop) { session in
      try await session.run("CREATE ROLE \"\(account.name)\" LOGIN PASSWORD '\(account.password.reveal())'")
    }
    return account
  }
}

extension Logger {
  /// Drops everything: tests look at outcomes, not at logs.
  public static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

import DataAccess
import EventLoop
import Logging
import TestSupport

/// A database of a test's own, empty at first, on a loop of its own, gone when the test is done.
package struct TestDatabase: Sendable {
  /// The engine it lives in.
  package let engine: TestEngine
  /// The loop that everything of this test runs on.
  package let loop: EventLoop
  private let made: MadeDatabase

  /// How the account that owns the database reaches it.
  package var configuration: DatabaseConfiguration { made.configuration }

  /// Connects as the account that owns the database: it may do everything there, and is no superuser.
  package var driver: any DatabaseDriver { made.driver }

  /// Makes a database, runs `body`, and removes the database, its accounts and its sessions, however `body` ends.
  package static func with(
    _ engine: TestEngine, _ body: (TestDatabase) async throws -> Void
  ) async throws {
    let fixture = try LoopFixture(name: "test-\(engine)")
    let made = try await engine.make(fixture.loop)
    let database = TestDatabase(engine: engine, loop: fixture.loop, made: made)
    let outcome = await Self.outcome { try await body(database) }
    try await made.remove()
    withExtendedLifetime(fixture) {}
    try outcome.get()
  }

  private static func outcome<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }

  /// Opens a pool over the database, runs `body`, and closes the pool.
  package func withPool<Value: Sendable>(
    _ configuration: PoolConfiguration = PoolConfiguration(size: 3),
    driver: (any DatabaseDriver)? = nil,
    _ body: (Database) async throws -> Value
  ) async throws -> Value {
    let database = Database(
      driver: driver ?? self.driver, loop: loop, configuration: configuration, logger: .silent)
    let outcome = await Self.outcome { try await body(database) }
    await database.close()
    return try outcome.get()
  }

  /// Makes a login with a password and no rights, under a name that no other test has.
  package func createAccount(_ purpose: String) async throws -> PostgresServer.Account {
    guard let create = made.createAccount else {
      throw SupportError("\(engine) has no accounts of its own")
    }
    return try await create(purpose)
  }
}

extension Logger {
  /// Drops everything: tests look at outcomes, not at logs.
  package static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

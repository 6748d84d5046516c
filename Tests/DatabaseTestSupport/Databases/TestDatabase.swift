import DataAccess
import EventLoop
import Logging
import TestSupport

/// A test's own database, on its own loop. It starts empty, and the test removes it at its end.
package struct TestDatabase: Sendable {
  /// The engine of the database.
  package let engine: TestEngine
  /// The loop on which this test runs its connections.
  package let loop: EventLoop
  let provided: ProvidedDatabase

  /// The configuration of the account that owns the database.
  package var configuration: DatabaseConfiguration { provided.configuration }

  /// Connects as the account that owns the database. It has all rights there and is not a superuser.
  package var driver: any DatabaseDriver { provided.driver }

  /// Creates a database, runs `body`, and removes the database, its accounts and its sessions, even when `body` throws.
  /// The database is empty, or the fleet's of a version.
  package static func with(
    _ engine: TestEngine, migratedTo version: MigratedVersion? = nil,
    _ body: (TestDatabase) async throws -> Void
  ) async throws {
    let fixture = try LoopFixture(name: "test-\(engine)")
    let provided = try await MigratedDatabases.provide(version, on: engine, fixture.loop)
    let database = TestDatabase(engine: engine, loop: fixture.loop, provided: provided)
    let outcome = await Self.outcome { try await body(database) }
    try await provided.remove()
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
    _ configuration: PoolConfiguration = .patient(3),
    driver: (any DatabaseDriver)? = nil,
    _ body: (Database) async throws -> Value
  ) async throws -> Value {
    let database = Database(
      driver: driver ?? self.driver, loop: loop, configuration: configuration, logger: .silent)
    let outcome = await Self.outcome { try await body(database) }
    await database.close()
    return try outcome.get()
  }

  /// Creates an account with a password and no rights, under a name that no other test uses.
  package func createAccount(_ purpose: String) async throws -> PostgresServer.Account {
    guard let create = provided.createAccount else {
      throw SupportError("\(engine) has no accounts")
    }
    return try await create(purpose)
  }
}

extension Logger {
  /// Discards every line, because tests check results and not logs.
  package static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

import EventLoop
import Logging

@testable import DataAccess

/// Runs `body` with a database over a scripted driver, on a loop of its own.
func withDatabase<Value>(
  _ driver: ScriptedDriver, _ configuration: PoolConfiguration = PoolConfiguration(size: 3),
  _ body: (Database) async throws -> Value
) async throws -> Value {
  let loop = try EventLoop.make(name: "scripted")
  loop.start()
  defer { loop.stop() }
  let database = Database(driver: driver, loop: loop, configuration: configuration, logger: silentLogger)
  let value = try await body(database)
  await database.close()
  return value
}

/// The error of a statement that must fail.
func failure<Value>(_ body: () async throws(DatabaseError) -> Value) async -> DatabaseError? {
  do throws(DatabaseError) {
    _ = try await body()
    return nil
  } catch {
    return error
  }
}

let silentLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

import DataAccess
import EventLoop
import Migrations
import Synchronization
import TestSupport

/// A version of the fleet's schema.
package struct MigratedVersion: Sendable, Hashable {
  let number: Int

  /// The version with this number.
  package init(_ number: Int) {
    self.number = number
  }

  /// The version after all migrations.
  package static let latest = MigratedVersion(Migration.all.count)
}

/// The databases of an engine that have the migrations of a version. Each is made once in a process, and remains until the
/// servers of the run end: a test gets a copy, in a tenth of the time of the migrations. Hundreds of tests need the result,
/// and only the tests of migrations need to see how it comes about.
final class MigratedDatabases: Sendable {
  private let makings = Mutex<[MigratedVersion: Task<ProvidedDatabase, any Error>]>([:])

  /// Creates a test's database: an empty one, or one of a version.
  static func provide(
    _ version: MigratedVersion?, on engine: TestEngine, _ loop: EventLoop
  ) async throws -> ProvidedDatabase {
    guard let version else { return try await engine.make(loop, nil) }
    guard let databases = engine.migrated else { return try await make(version, on: engine, loop) }
    return try await engine.make(loop, databases.database(of: version, on: engine).configuration)
  }

  private func database(of version: MigratedVersion, on engine: TestEngine) async throws -> ProvidedDatabase {
    let making = makings.withLock { makings in
      let making =
        makings[version]
        ?? Task {
          let fixture = try LoopFixture(name: "migrated-\(engine)")
          let provided = try await Self.make(version, on: engine, fixture.loop)
          withExtendedLifetime(fixture) {}
          return provided
        }
      makings[version] = making
      return making
    }
    return try await making.value
  }

  /// Makes a database by the migrations, and leaves no session of it.
  private static func make(
    _ version: MigratedVersion, on engine: TestEngine, _ loop: EventLoop
  ) async throws -> ProvidedDatabase {
    let provided = try await engine.make(loop, nil)
    let test = TestDatabase(engine: engine, loop: loop, provided: provided)
    _ = try await test.withPool { try await MigrationEngine($0).up(to: version.number) }
    return provided
  }
}

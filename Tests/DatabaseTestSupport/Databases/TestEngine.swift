import DataAccess
import EventLoop

/// An engine for tests: `@Test(arguments: TestEngine.all)` runs one body on each engine.
///
/// An engine in ``all`` runs the conformance suite and every other test over databases.
package struct TestEngine: Sendable, CustomStringConvertible {
  /// The name in a test's title.
  package let description: String
  /// The engine as services use it.
  package let engine: any DatabaseEngine
  /// The DDL type of a double, which the schema's column types do not cover.
  package let doubleType: String
  /// The DDL type of bytes, which the schema's column types do not cover.
  package let bytesType: String
  /// The words of a server, whose sessions can be lost; nil for an embedded engine.
  package let words: ServerWords?
  /// Times that the engine stores in a column and that have no year of four digits.
  package let oddTimes: [String]
  /// Whether a double may be infinite.
  package let storesInfinity: Bool
  /// Creates a database for one test: an empty one, or a copy of another that has no session.
  let make: @Sendable (EventLoop, _ copied: DatabaseConfiguration?) async throws -> ProvidedDatabase
  /// The databases of which tests get copies; nil where the engine copies none.
  let migrated: MigratedDatabases?

  /// Every engine on which the tests run. Where there is a MySQL, they run on that alone.
  package static let all: [TestEngine] = MariaDBServer.hasMySQL ? [.mysql] : [.sqlite, .postgresql, .second]

  /// Every driver; PostgreSQL behind a pooler that gives each client a session, and behind one that gives each transaction
  /// a session; and a cluster of MariaDB.
  package static let conforming =
    drivers + (MariaDBServer.hasMySQL ? [] : [.sessionPooler, .transactionPooler, .galera])

  /// Every engine, with those on which only some suites run: drivers, migrations, live schemas, and the core of the
  /// services.
  package static let drivers = all + (MariaDBServer.hasMySQL ? [] : [.mariadb])

  /// The engines whose sessions can be lost.
  package static let servers = drivers.filter(\.hasServer)

  /// Whether the engine is a server.
  package var hasServer: Bool { words != nil }

  /// A read that does not end by itself.
  package var endless: String {
    words?.sleep(600)
      ?? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
  }

  /// Makes an engine; `make` creates a database that one test owns: an empty one, or a copy where the engine `copies`.
  package init(
    _ description: String, engine: any DatabaseEngine, doubleType: String, bytesType: String,
    words: ServerWords? = nil, oddTimes: [String], storesInfinity: Bool = true, copies: Bool = true,
    make: @escaping @Sendable (EventLoop, _ copied: DatabaseConfiguration?) async throws -> ProvidedDatabase
  ) {
    self.description = description
    self.engine = engine
    self.doubleType = doubleType
    self.bytesType = bytesType
    self.words = words
    self.oddTimes = oddTimes
    self.storesInfinity = storesInfinity
    self.make = make
    migrated = copies ? MigratedDatabases() : nil
  }
}

/// A database created for one test, with the operation that removes it.
package struct ProvidedDatabase: Sendable {
  let configuration: DatabaseConfiguration
  let driver: any DatabaseDriver
  /// Creates an account without rights; nil when the engine has no accounts.
  var createAccount: (@Sendable (_ purpose: String) async throws -> PostgresServer.Account)?
  let remove: @Sendable () async throws -> Void

  /// `driver` connects as the account that owns the database; `remove` deletes all of it.
  package init(
    configuration: DatabaseConfiguration, driver: any DatabaseDriver,
    remove: @escaping @Sendable () async throws -> Void
  ) {
    self.configuration = configuration
    self.driver = driver
    self.remove = remove
  }
}

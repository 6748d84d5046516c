import DataAccess
import EventLoop

/// An engine as the tests reach it: `@Test(arguments: TestEngine.all)` runs one body over each.
///
/// An engine that is added to ``all`` runs the conformance suite and every other test over databases.
package struct TestEngine: Sendable, CustomStringConvertible {
  /// The name in a test's title.
  package let description: String
  /// The engine as a service sees it.
  package let engine: any DatabaseEngine
  /// A type of DDL that the schema's column types do not cover.
  package let doubleType: String
  /// As ``doubleType``, for bytes.
  package let bytesType: String
  /// Whether a server holds the sessions, so that they can be lost.
  package let hasServer: Bool
  /// Makes an empty database for one test.
  let make: @Sendable (EventLoop) async throws -> MadeDatabase

  /// Every engine that the tests run over.
  package static let all: [TestEngine] = [.sqlite, .postgresql, .second]

  /// The engines whose sessions can be lost.
  package static let servers = all.filter(\.hasServer)

  /// An engine by its parts; `make` makes an empty database that one test owns.
  package init(
    _ description: String, engine: any DatabaseEngine, doubleType: String, bytesType: String,
    hasServer: Bool, make: @escaping @Sendable (EventLoop) async throws -> MadeDatabase
  ) {
    self.description = description
    self.engine = engine
    self.doubleType = doubleType
    self.bytesType = bytesType
    self.hasServer = hasServer
    self.make = make
  }
}

/// A database that was made for one test, and how it is removed.
package struct MadeDatabase: Sendable {
  let configuration: DatabaseConfiguration
  let driver: any DatabaseDriver
  /// Makes a login without rights; nil where accounts are not the server's.
  var createAccount: (@Sendable (_ purpose: String) async throws -> PostgresServer.Account)?
  let remove: @Sendable () async throws -> Void

  /// `driver` connects as the account that owns the database; `remove` leaves nothing of it.
  package init(
    configuration: DatabaseConfiguration, driver: any DatabaseDriver,
    remove: @escaping @Sendable () async throws -> Void
  ) {
    self.configuration = configuration
    self.driver = driver
    self.remove = remove
  }
}

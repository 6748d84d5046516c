import DataAccess
import EventLoop
import Foundation
import PostgresDriver
import Secrets
import TestSupport

/// A PostgreSQL database of a test's own, made by an account that is no superuser.
struct PostgresTestDatabase: Sendable {
  let server: PostgresServer
  let name: String

  /// Creates the database.
  static func create(on server: PostgresServer, loop: EventLoop) async throws -> PostgresTestDatabase {
    let database = PostgresTestDatabase(server: server, name: "test_" + RandomName.make())
    try await DriverSession.with(server.driver(as: server.owner, database: "postgres"), on: loop) { session in
      try await session.run("CREATE DATABASE \(database.name)")
    }
    return database
  }

  /// Drops the database with every session in it, then the accounts the test has made.
  func drop(accounts: [String], loop: EventLoop) async throws {
    try await DriverSession.with(server.driver(as: server.superuser, database: "postgres"), on: loop) {
      session in
      try await session.run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
      for account in accounts {
        try await session.run("DROP ROLE IF EXISTS \"\(account)\"")
      }
    }
  }
}

extension PostgresServer {
  /// How one of this server's accounts reaches a database.
  package func configuration(as account: Account, database: String) -> DatabaseConfiguration {
    DatabaseConfiguration(
      hosts: [.init(host: host, port: port)], name: database, user: account.name, password: account.password,
      tls: .disable)
  }

  /// A driver for any configuration, as one that cannot be reached.
  package static func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    PostgresDriver(configuration: configuration)
  }

  /// A driver for one of this server's accounts.
  package func driver(as account: Account, database: String) -> PostgresDriver {
    PostgresDriver(configuration: configuration(as: account, database: database))
  }
}

/// Names that no other test has.
package enum RandomName {
  /// Twelve hexadecimal digits.
  package static func make() -> String {
    String(UInt64.random(in: 0..<(1 << 48)) | (1 << 48), radix: 16)
  }
}

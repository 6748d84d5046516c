import DataAccess
import EventLoop
import Foundation
import PostgresDriver
import Secrets
import TestSupport

/// A test's own PostgreSQL database, created by an account that is not a superuser.
struct PostgresTestDatabase: Sendable {
  let server: PostgresServer
  let name: String

  /// Creates the database, empty or as a copy of another one.
  static func create(
    on server: PostgresServer, copying template: String? = nil, loop: EventLoop
  ) async throws -> PostgresTestDatabase {
    let database = PostgresTestDatabase(server: server, name: "test_" + RandomName.make())
    try await DriverSession.with(server.driver(as: server.owner, database: "postgres"), on: loop) { session in
      try await session.run(
        "CREATE DATABASE \(database.name) TEMPLATE \(template ?? "template1")")
    }
    return database
  }

  /// Drops the database with its sessions, and then the accounts that the test created.
  func drop(accounts: [String], loop: EventLoop) async throws {
    try await DriverSession.with(server.driver(as: server.superuser, database: "postgres"), on: loop) {
      session in
      // A test that fails may leave a server whose commits wait for a standby for ever.
      try await session.run("SET synchronous_commit = local")
      try await session.run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
      for account in accounts {
        try await session.run("DROP ROLE IF EXISTS \"\(account)\"")
      }
    }
  }
}

extension PostgresServer {
  /// The configuration with which one of this server's accounts reaches a database.
  package func configuration(as account: Account, database: String) -> DatabaseConfiguration {
    DatabaseConfiguration(
      hosts: [.init(host: host, port: port)], name: database, user: account.name, password: account.password,
      tls: .disable)
  }

  /// Makes a driver for any configuration, such as an unreachable one.
  package static func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    PostgresDriver(configuration: configuration)
  }

  /// Makes a driver for one of this server's accounts.
  package func driver(as account: Account, database: String) -> PostgresDriver {
    PostgresDriver(configuration: configuration(as: account, database: database))
  }
}

/// Makes names that no other test uses.
package enum RandomName {
  /// Returns a random name of hexadecimal digits.
  package static func make() -> String {
    String(UInt64.random(in: 0..<(1 << 48)) | (1 << 48), radix: 16)
  }
}

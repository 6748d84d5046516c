import DataAccess
import EventLoop
import PostgresDriver
import Secrets
import Synchronization
import TestSupport

extension TestEngine {
  /// PostgreSQL: a database on the server that `make test` has started.
  package static let postgresql = postgresql(on: { try PostgresServer.shared() })

  /// The same on a server of the test's own, which it may kill.
  package static func postgresql(_ server: PostgresServer) -> TestEngine { postgresql(on: { server }) }

  private static func postgresql(on server: @escaping @Sendable () throws -> PostgresServer) -> TestEngine {
    TestEngine(
      "PostgreSQL", engine: PostgresEngine(), doubleType: "double precision", bytesType: "bytea",
      hasServer: true
    ) { loop in
      let server = try server()
      let accounts = AccountBook()
      let database = try await PostgresTestDatabase.create(on: server, loop: loop)
      let driver = server.driver(as: server.owner, database: database.name)
      var made = MadeDatabase(
        configuration: server.configuration(as: server.owner, database: database.name), driver: driver
      ) {
        try await database.drop(accounts: accounts.names.withLock { $0 }, loop: loop)
      }
      made.createAccount = { purpose in try await accounts.create(purpose, through: driver, on: loop) }
      return made
    }
  }
}

/// The roles that one test has made: they belong to the whole server, and are dropped with the test's database.
private final class AccountBook: Sendable {
  let names = Mutex<[String]>([])

  func create(
    _ purpose: String, through driver: any DatabaseDriver, on loop: EventLoop
  ) async throws -> PostgresServer.Account {
    let account = PostgresServer.Account(
      name: "\(purpose)-\(RandomName.make())", password: Secret(RandomName.make()))
    names.withLock { $0.append(account.name) }
    try await DriverSession.with(driver, on: loop) { session in
      try await session.run("CREATE ROLE \"\(account.name)\" LOGIN PASSWORD '\(account.password.reveal())'")
    }
    return account
  }
}

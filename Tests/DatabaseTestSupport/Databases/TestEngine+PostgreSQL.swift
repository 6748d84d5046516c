import DataAccess
import EventLoop
import PostgresDriver
import Secrets
import Synchronization
import TestSupport

extension TestEngine {
  /// PostgreSQL: each test gets a database on the server that `make test` started.
  package static let postgresql = postgresql(on: { try PostgresServer.shared() })

  /// PostgreSQL on the test's own server, which the test may kill.
  package static func postgresql(_ server: PostgresServer) -> TestEngine { postgresql(on: { server }) }

  /// PostgreSQL behind a PgBouncer with session pooling.
  package static let sessionPooler = postgresql(
    "PostgreSQL, sessions pooled", on: { try PostgresServer.shared() },
    through: { try PostgresServer.sharedSessionPooler() })

  /// PostgreSQL behind a PgBouncer with transaction pooling, which keeps no names of statements.
  package static let transactionPooler = postgresql(
    "PostgreSQL, transactions pooled", on: { try PostgresServer.shared() },
    through: { try PostgresServer.sharedTransactionPooler() }, preparedStatements: .off)

  private static func postgresql(
    _ description: String = "PostgreSQL", on server: @escaping @Sendable () throws -> PostgresServer,
    through front: (@Sendable () throws -> PostgresServer)? = nil,
    preparedStatements: PreparedStatements = .named
  ) -> TestEngine {
    TestEngine(
      description, engine: PostgresEngine(), doubleType: "double precision", bytesType: "bytea",
      words: .postgresql,
      oddTimes: ["infinity", "-infinity", "10000-01-01 00:00:00+00", "0044-03-15 12:00:00+00 BC"]
    ) { loop, copied in
      let server = try server()
      let accounts = CreatedAccounts()
      let database = try await PostgresTestDatabase.create(
        on: server, copying: copied?.name, loop: loop)
      let front = try front?() ?? server
      var configuration = front.configuration(as: server.owner, database: database.name)
      configuration.preparedStatements = preparedStatements
      let driver = PostgresDriver(configuration: configuration)
      var provided = ProvidedDatabase(configuration: configuration, driver: driver) {
        try await database.drop(accounts: accounts.names.withLock { $0 }, loop: loop)
      }
      provided.createAccount = { purpose in try await accounts.create(purpose, through: driver, on: loop) }
      return provided
    }
  }
}

/// The roles that one test has created. Roles belong to the whole server, so the test drops them with its database.
private final class CreatedAccounts: Sendable {
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

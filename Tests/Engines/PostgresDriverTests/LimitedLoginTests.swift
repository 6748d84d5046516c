import DataAccess
import DatabaseTestSupport
import Dispatch
import Glibc
import TestSupport
import Testing

@testable import PostgresDriver

/// A limit of time that ends the first statement of a connection.
struct LimitedLoginTests {
  private static let slowSeconds = 1.0

  @Test func `a first statement that lifts a limit is sent again while the limit ends it`() async throws {
    let outcome = try await Self.connect(isRepeated: true)
    #expect(throws: Never.self) { _ = try outcome.get() }
  }

  @Test func `any other first statement that a limit ends fails the connection`() async throws {
    let outcome = try await Self.connect(isRepeated: false)
    #expect {
      _ = try outcome.get()
    } throws: { error in
      guard case ConnectionFailure.rejected("57014", _) = error else { return false }
      return true
    }
  }

  @Test(arguments: [TestEngine.postgresql, .transactionPooler])
  func `no limit of the database ends a statement or a transaction of the tool`(_ engine: TestEngine)
    async throws
  {
    try await TestDatabase.with(engine) { database in
      let name = database.configuration.name
      try await DriverSession.with(database.driver, on: database.loop) { session in
        for limit in ["statement_timeout", "idle_in_transaction_session_timeout"] {
          try await session.run("ALTER DATABASE \(name) SET \(limit) = '\(Self.limitMilliseconds)ms'")
        }
        // A pooler hands the next client a session from before the change, this one too.
        _ = try? await session.run(
          """
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND usename = current_user ORDER BY pid = pg_backend_pid()
          """)
      }
      let long = "SELECT pg_sleep(\(Self.slowSeconds))"
      try await database.withPool { pool in
        try await eventually("a session with the new defaults") { (try? await pool.ping()) != nil }
        let error = await #expect(throws: DatabaseError.self) {
          try await pool.unsafeQuery(unsafeSQL: long, isRead: true)
        }
        #expect(error?.kind == .statementTimeout)
      }
      var configuration = database.configuration
      configuration.repairsServer = true
      try await database.withPool(driver: PostgresDriver(configuration: configuration)) { pool in
        _ = try await pool.unsafeQuery(unsafeSQL: long, isRead: true)
        _ = try await pool.execute(
          Query(sql: long, operation: Operation(.select, table: "pg_class")))
        try await pool.transaction { transaction throws(DatabaseError) in
          _ = try await transaction.unsafeQuery(unsafeSQL: "SELECT 1")
          try? await Task.sleep(for: .milliseconds(3 * Self.limitMilliseconds))
          _ = try await transaction.unsafeQuery(unsafeSQL: long)
        }
      }
    }
  }

  private static let limitMilliseconds = 300

  /// Connects with a limit of 50 ms and a first statement that takes longer for a second, as on a server without a free core.
  private static func connect(
    isRepeated: Bool
  ) async throws -> Result<EstablishedConnection, ConnectionFailure> {
    let box = AsyncBox<Result<EstablishedConnection, ConnectionFailure>>()
    try await TestDatabase.with(.postgresql) { database in
      let configuration = database.configuration
      let server = ServerAddress(host: configuration.hosts[0])
      let parameters = ConnectionParameters(
        configuration: configuration, password: configuration.password, applicationName: "test")
      let quickFrom = Double(time(nil)) + 1 + slowSeconds
      let attempt = ConnectionAttempt(
        parameters: parameters.pairs(for: server) + [("options", "-c statement_timeout=50")],
        isGuarded: parameters.protection == .guarded,
        firstStatement:
          "SELECT 'off', pg_sleep(CASE WHEN clock_timestamp() < to_timestamp(\(quickFrom)) THEN 9 ELSE 0 END)",
        repeatsFirstStatement: isRepeated, server: server, timeoutMilliseconds: 60_000,
        notices: NoticeLog(of: server, logger: .silent))
      DispatchQueue.global().async {
        box.set(Result { () throws(ConnectionFailure) in try attempt.run() })
      }
      _ = try await box.value()
    }
    return try await box.value()
  }
}

import DataAccess
import DatabaseTestSupport
import EventLoop
import Secrets
import TestSupport
import Testing

@testable import MariaDBDriver

/// Global settings of the server that an administrator made for other clients.
@Suite(.enabled(if: !MariaDBServer.hasMySQL, "`make test` runs it, on another server"))
struct ServerDefaultsTests {
  /// Runs `body` on a server of its own with these globals.
  private func withServer(
    _ globals: [String], _ body: (TestDatabase, MariaDBServer) async throws -> Void
  ) async throws {
    try await ServerControl.withServer("mariadb") { environment in
      let server = try MariaDBServer(environment: environment)
      let engine = TestEngine.mariadb("MariaDB with other defaults", on: { [server] })
      let fixture = try LoopFixture()
      try await DriverSession.with(server.driver(as: server.superuser), on: fixture.loop) { session in
        for global in globals { try await session.run("SET GLOBAL \(global)") }
      }
      try await TestDatabase.with(engine) { test in try await body(test, server) }
    }
  }

  /// Longer than the part by which the server would order texts.
  private static let start = String(repeating: "-", count: 100)

  @Test func `no setting of the server changes what a statement does, or loses an acknowledged write`()
    async throws
  {
    let globals = [
      "completion_type = 'CHAIN'", "tx_read_only = 1", "sql_select_limit = 1", "sql_safe_updates = 1",
      "sql_auto_is_null = 1", "div_precision_increment = 0", "max_sort_length = 64",
      "default_storage_engine = Aria", "sql_if_exists = 1", "sql_big_selects = 0", "max_join_size = 1",
      "tx_isolation = 'SERIALIZABLE'", "autocommit = 0", "innodb_strict_mode = 0",
      "wsrep_OSU_method = 'RSU'",
    ]
    try await withServer(globals) { test, _ in
      try await test.withPool(.patient(1)) { pool in
        _ = try await pool.unsafeQuery(
          unsafeSQL: "CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY, words longtext)")
        try await pool.transaction { transaction throws(DatabaseError) in
          _ = try await transaction.unsafeQuery(
            unsafeSQL: "INSERT INTO things (words) VALUES ('\(Self.start)b')")
        }
        // The one connection of the pool has committed before.
        _ = try await pool.unsafeQuery(
          unsafeSQL: "INSERT INTO things (words) VALUES ('\(Self.start)a')")
        #expect(try await pool.unsafeQuery(unsafeSQL: "SELECT id FROM things WHERE id IS NULL").rowCount == 0)
        _ = try await pool.unsafeQuery(unsafeSQL: "UPDATE things SET words = concat(words, '!')")
        await #expect(throws: DatabaseError.self) {
          try await pool.unsafeQuery(unsafeSQL: "DROP TABLE missing")
        }
        try await test.withPool(.patient(1)) { other in
          let rows = try await other.unsafeQuery(unsafeSQL: "SELECT words FROM things ORDER BY words")
          #expect(rows.rowCount == 2)
          #expect(try rows.text(0, 0) == "\(Self.start)a!")
          #expect(try rows.text(1, 0) == "\(Self.start)b!")
          let third = try await other.unsafeQuery(unsafeSQL: "SELECT cast(1 / 3 AS char)")
          #expect(try third.text(0, 0) == "0.3333")
          let engine = try await other.unsafeQuery(
            unsafeSQL: """
              SELECT engine FROM information_schema.tables
              WHERE table_schema = database() AND table_name = 'things'
              """)
          #expect(try engine.text(0, 0) == "InnoDB")
          let method = try await other.unsafeQuery(
            unsafeSQL: "SELECT concat(@@wsrep_OSU_method, ' ', @@innodb_strict_mode)")
          #expect(try method.text(0, 0) == "TOI ON")
        }
      }
    }
  }

  @Test
  func `a server at its limit of prepared statements gets those of the connection back, or is unavailable`()
    async throws
  {
    try await withServer(["max_prepared_stmt_count = 50"]) { test, server in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        for round in 0..<2 {
          for number in 0..<120 {
            let row = try await session.run("SELECT \(number) + ?", [.integer(Int64(round))])
            #expect(try row.integer(0, 0) == Int64(number + round))
          }
        }
        try await DriverSession.with(server.driver(as: server.superuser), on: test.loop) { superuser in
          try await superuser.run("SET GLOBAL max_prepared_stmt_count = 0")
          try await DriverSession.with(test.driver, on: test.loop) { other in
            let error = await #expect(throws: DatabaseError.self) {
              try await other.run("SELECT ?", [.integer(1)])
            }
            #expect(error?.nativeCode == "1461" && error?.isUnavailability == true)
            try await superuser.run("SET GLOBAL max_prepared_stmt_count = 50")
            let row = try await other.run("SELECT ?", [.integer(1)])
            #expect(try row.integer(0, 0) == 1)
          }
        }
      }
    }
  }

  @Test func `the tool lifts the limit of a server that ends its first statements`() async throws {
    try await withServer([]) { test, server in
      try await DriverSession.with(server.driver(as: server.superuser), on: test.loop) { superuser in
        try await superuser.run("SET GLOBAL max_statement_time = 0.000001")
        var configuration = test.configuration
        configuration.repairsServer = true
        for _ in 0..<20 {
          try await DriverSession.with(MariaDBDriver(configuration: configuration), on: test.loop) {
            session in
            let rows = try await session.run("SELECT count(*) FROM information_schema.columns")
            #expect(try rows.integer(0, 0) > 0)
          }
        }
        // The session of the test was made before the limit, and has none.
        try await superuser.run("SET GLOBAL max_statement_time = 0")
      }
    }
  }

  @Test(arguments: [
    ["SET completion_type = 1", "START TRANSACTION", "COMMIT"],
    ["SET autocommit = 0", "INSERT INTO things VALUES (1)"],
  ])
  func `a session that is in a transaction which was not begun is lost, and its write is not acknowledged`(
    statements: [String]
  ) async throws {
    try await TestDatabase.with(.mariadb) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        try await session.run("CREATE TABLE things (id integer)")
        for statement in statements.dropLast() { try await session.run(statement) }
        let error = await #expect(throws: DatabaseError.self) { try await session.run(statements.last ?? "") }
        #expect(error?.kind == .connectionLost)
        #expect(await !session.isOpen())
      }
    }
  }

  @Test
  func `a session that may only read means a read-only server, and a transaction that only reads does not`()
    async throws
  {
    try await TestDatabase.with(.mariadb) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        try await session.run("CREATE TABLE things (id integer)")
        _ = try await session.execute(test.driver.dialect.begin(.consistentRead))
        let mistake = await #expect(throws: DatabaseError.self) {
          try await session.run("INSERT INTO things VALUES (1)")
        }
        #expect(mistake?.kind == .other && mistake?.nativeCode == "1792")
        _ = try await session.execute(test.driver.dialect.rollback)
        try await session.run("INSERT INTO things VALUES (2)")
        try await session.run("SET SESSION TRANSACTION READ ONLY")
        let refusal = await #expect(throws: DatabaseError.self) {
          try await session.run("INSERT INTO things VALUES (3)")
        }
        #expect(refusal?.kind == .readOnlyServer)
        #expect(await !session.isOpen())
      }
    }
  }

  @Test func `a cancellation that the server refuses is logged with its reason`() async throws {
    let server = try MariaDBServer.shared()
    let recorder = LogRecorder()
    let account = PostgresServer.Account(name: "one-\(RandomName.make())", password: .init(RandomName.make()))
    let fixture = try LoopFixture()
    try await DriverSession.with(server.driver(as: server.superuser), on: fixture.loop) { superuser in
      try await superuser.run(
        """
        CREATE USER `\(account.name)`@'127.0.0.1' IDENTIFIED BY '\(account.password.reveal())'
        WITH MAX_USER_CONNECTIONS 1
        """)
      let driver = MariaDBDriver(configuration: server.configuration(as: account), logger: recorder.logger)
      try await DriverSession.with(driver, on: fixture.loop) { session in
        async let answer = session.run("SELECT sleep(2)")
        try await eventually("the statement runs") {
          try await superuser.run(
            "SELECT count(*) FROM information_schema.processlist WHERE info = 'SELECT sleep(2)'"
          ).integer(0, 0) == 1
        }
        let connection = session.connection
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
          connection.loop.execute { connection.value.cancel { continuation.resume() } }
        }
        #expect(recorder.lines == ["a statement was not cancelled and runs to its own end"])
        #expect(recorder.values(of: "reason").first?.contains("(1226)") == true)
        _ = try? await answer
      }
      try await superuser.run("DROP USER `\(account.name)`@'127.0.0.1'")
    }
  }
}

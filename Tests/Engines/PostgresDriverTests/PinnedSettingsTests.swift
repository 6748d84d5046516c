import DataAccess
import DatabaseTestSupport
import EventLoop
import Logging
import PostgresDriver
import Schema
import Secrets
import TestSupport
import Testing

/// No setting of the role or the database, and no schema with an account's name, redirects a statement or changes how a
/// value reads.
struct PinnedSettingsTests {
  /// Defaults that would change names and values, and a schema with the account's own name that has another `notes`.
  private static func disturb(_ database: TestDatabase) async throws {
    let name = database.configuration.name, account = database.configuration.user
    try await DriverSession.with(database.driver, on: database.loop) { session in
      try await session.run(
        "CREATE TABLE public.notes (id integer, at timestamptz, data bytea, size double precision)")
      try await session.run("CREATE SCHEMA \"\(account)\"")
      try await session.run("CREATE TABLE \"\(account)\".notes (id integer)")
      for setting in [
        "search_path = \"$user\", public", "TimeZone = 'Asia/Kathmandu'", "DateStyle = 'German'",
        "bytea_output = 'escape'", "extra_float_digits = -5", "IntervalStyle = 'sql_standard'",
        "row_security = off",
      ] {
        try await session.run("ALTER DATABASE \(name) SET \(setting)")
      }
      // A session pooler hands the next client a session from before the change.
      try await session.run(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
        """)
    }
  }

  @Test(arguments: [TestEngine.postgresql, .sessionPooler, .transactionPooler])
  func `settings of the database and a schema with the account's name redirect nothing`(
    engine: TestEngine
  ) async throws {
    try await TestDatabase.with(engine) { database in
      try await Self.disturb(database)
      try await database.withPool { pool in
        try await eventually("a session with the new defaults") { (try? await pool.ping()) != nil }
        let insert = Query(
          sql:
            "INSERT INTO notes (id, at, data, size) VALUES (1, '2026-01-02 03:04:05', $1, 0.1::float8 + 0.2)",
          bindings: [.bytes([0, 255, 92])], operation: Operation(.insert, table: "notes"))
        _ = try await pool.execute(insert)
        for _ in 0..<3 {
          let read = Query(
            sql: "SELECT at, data, size, id::text FROM notes", operation: Operation(.select, table: "notes"),
            isRead: true)
          let rows = try await pool.execute(read)
          let at = try rows.timestamp(0, 0)
          #expect(at == Timestamp(sqlText: "2026-01-02 03:04:05"))
          let (data, size) = (try rows.bytes(0, 1), try rows.double(0, 2))
          #expect(data == [0, 255, 92])
          #expect(size == 0.1 + 0.2)
        }
        try await pool.transaction { transaction throws(DatabaseError) in
          let found = try await transaction.unsafeQuery(
            unsafeSQL:
              "SELECT current_schema()::text, current_setting('TimeZone'), current_setting('row_security')")
          let security = try found.text(0, 2)
          #expect(security == "on")
          let (schema, zone) = (try found.text(0, 0), try found.text(0, 1))
          #expect(schema == "public")
          #expect(zone == "UTC")
        }
      }
    }
  }

  @Test(arguments: [TestEngine.postgresql, .sessionPooler, .transactionPooler])
  func `a search path of the role redirects nothing`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { database in
      let account = try await database.createAccount("redirected")
      try await DriverSession.with(database.driver, on: database.loop) { session in
        try await session.run("CREATE SCHEMA elsewhere")
        try await session.run("ALTER ROLE \"\(account.name)\" SET search_path = elsewhere")
      }
      let configuration = database.configuration.connecting(as: account.name, password: account.password)
      let driver = PostgresDriver(configuration: configuration)
      try await database.withPool(driver: driver) { pool in
        let rows = try await pool.unsafeQuery(unsafeSQL: "SELECT current_schema()::text", isRead: true)
        let schema = try rows.text(0, 0)
        #expect(schema == "public")
      }
    }
  }

  @Test(arguments: [TestEngine.postgresql, .sessionPooler, .transactionPooler])
  func `an isolation of the role changes no transaction`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { database in
      let account = try await database.createAccount("isolated")
      try await DriverSession.with(database.driver, on: database.loop) { session in
        for setting in [
          "default_transaction_isolation = serializable", "default_transaction_deferrable = on",
          "transform_null_equals = on",
        ] {
          try await session.run("ALTER ROLE \"\(account.name)\" SET \(setting)")
        }
      }
      let configuration = database.configuration.connecting(as: account.name, password: account.password)
      try await database.withPool(driver: PostgresDriver(configuration: configuration)) { pool in
        let read =
          "SELECT current_setting('transaction_isolation'), current_setting('transform_null_equals')"
        try await pool.transaction { transaction throws(DatabaseError) in
          let found = try await transaction.unsafeQuery(unsafeSQL: read)
          let (isolation, nulls) = (try found.text(0, 0), try found.text(0, 1))
          #expect(isolation == "read committed" && nulls == "off")
        }
        try await pool.transaction(.consistentRead) { transaction throws(DatabaseError) in
          let isolation = try await transaction.unsafeQuery(unsafeSQL: read).text(0, 0)
          #expect(isolation == "repeatable read")
        }
      }
    }
  }

  @Test func `a statement of its own has the pinned isolation`() async throws {
    try await TestDatabase.with(.postgresql) { database in
      let name = database.configuration.name
      try await DriverSession.with(database.driver, on: database.loop) { session in
        try await session.run("ALTER DATABASE \(name) SET default_transaction_isolation = serializable")
      }
      try await DriverSession.with(database.driver, on: database.loop) { session in
        let found = try await session.run("SELECT current_setting('transaction_isolation')")
        #expect(try found.text(0, 0) == "read committed")
      }
    }
  }

  @Test func `a temporary table does not hide a table of the schema`() async throws {
    try await PostgresFixture.with { _, session in
      try await session.run("CREATE TABLE notes (id integer)")
      try await session.run("CREATE TEMP TABLE notes (id integer)")
      try await session.run("INSERT INTO notes VALUES (1)")
      let count = try await session.run("SELECT count(*) FROM public.notes").integer(0, 0)
      #expect(count == 1)
    }
  }
}

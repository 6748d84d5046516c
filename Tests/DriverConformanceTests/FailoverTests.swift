import DataAccess
import DatabaseTestSupport
import EventLoop
import Glibc
import Schema
import TestSupport
import Testing
import Transport

/// A server that ends, hangs or stops taking writes under 500 writes a second, on servers of the test's own.
///
/// Each fault ends without a restart of the client: no acknowledged write is lost, and none is made twice.
@Suite(.serialized)
struct FailoverTests {
  static let pool = PoolConfiguration(
    size: 4, acquireTimeoutMilliseconds: 1_000, reconnectMinimumMilliseconds: 20,
    reconnectMaximumMilliseconds: 200)

  private static func withServer(
    _ body: (PostgresServer, TestDatabase, Database) async throws -> Void
  ) async throws {
    try await ServerControl.withServer("postgresql", options: ["--durable"]) { environment in
      let server = try PostgresServer(environment: environment)
      try await TestDatabase.with(.postgresql(server)) { test in
        try await Conformance.prepared(test, pool: pool) { database in
          try await body(server, test, database)
        }
      }
    }
  }

  /// A primary with a synchronous standby, and a pool that has both as hosts.
  private static func withPair(
    _ body: (_ primary: PostgresServer, _ standby: PostgresServer, TestDatabase, Database) async throws ->
      Void
  ) async throws {
    try await ServerControl.withServer("postgresql", options: ["--durable"]) { environment in
      let primary = try PostgresServer(environment: environment)
      let options = ["--of", environment.folder]
      try await ServerControl.withServer("standby", options: options) { environment in
        let standby = try PostgresServer(environment: environment)
        let fixture = try LoopFixture()
        try await asSuperuser(
          of: primary, on: fixture.loop, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        try await TestDatabase.with(.postgresql(primary)) { test in
          var configuration = test.configuration
          configuration.hosts.append(Endpoint(host: standby.host, port: standby.port))
          try await DriverSession.with(test.driver, on: test.loop) { session in
            try await session.run(Samples.createTable(in: test.driver.dialect))
          }
          let driver = PostgresServer.driver(configuration)
          try await test.withPool(pool, driver: driver) { database in
            try await body(primary, standby, test, database)
          }
        }
      }
    }
  }

  private static func asSuperuser(
    of server: PostgresServer, on loop: EventLoop, _ statement: String
  ) async throws {
    let driver = server.driver(as: server.superuser, database: "postgres")
    try await DriverSession.with(driver, on: loop) { session in
      try await session.run(statement)
      try await session.run("SELECT pg_reload_conf()")
    }
  }

  /// Runs the load, lets `fault` happen in it, waits until writes are acknowledged again, and checks what was kept. At
  /// most `losable` writes may end with a lost connection; nil sets no limit.
  ///
  /// `fault` returns when it has happened: writes that were acknowledged before it would show nothing.
  static func underLoad(
    _ database: Database, _ name: String, losable: Int? = nil, fault: () async throws -> Void
  ) async throws {
    let load = WriteLoad(database: database, name: name)
    let start = ContinuousClock.now
    async let ended = load.run()
    try await eventually("writes are acknowledged") {
      load.current.acknowledged.count > 200
    }
    let begin = ContinuousClock.now
    let rate = Double(load.current.acknowledged.count) / ((begin - start) / .seconds(1))
    try await fault()
    let end = ContinuousClock.now
    let before = load.current.acknowledged.count
    try await eventually("writes are acknowledged again") {
      load.current.acknowledged.count > before + 20
    }
    let (all, after) = (ContinuousClock.now - begin, ContinuousClock.now - end)
    load.stop()
    let outcome = await ended
    let count = outcome.failures.values.reduce(0, +)
    print(
      "\(name): at \(Int(rate)) writes/s; acknowledged again \(all) after its begin, \(after) after its end;",
      "\(count) failed")
    if let losable { #expect(outcome.failures[.connectionLost, default: 0] <= losable) }
    let stored = try await labels(in: database)
    #expect(outcome.acknowledged.subtracting(stored).isEmpty, "an acknowledged write is lost")
    // Labels are unique: a write that was made again would have failed with a unique violation.
    #expect(outcome.unexpected == [])
  }

  @Test func `a load whose fault fails ends with that failure`() async throws {
    try await TestDatabase.with(.sqlite) { test in
      try await Conformance.prepared(test, pool: Self.pool) { database in
        await #expect(throws: SupportError.self) {
          try await Self.underLoad(database, "a fault that fails") { throw SupportError("no such server") }
        }
      }
    }
  }

  /// Every label. The pool waits a second for a connection, and a server may recover for longer.
  private static func labels(in database: Database) async throws -> [String] {
    var labels: [String] = []
    try await eventually("the rows are read") {
      do throws(DatabaseError) {
        labels = try await database.all(Samples.select(\.label)) { $0 }
        return true
      } catch {
        guard error.isUnavailability else { throw error }
        return false
      }
    }
    return labels
  }

  /// A session of the load, and none of the server's own processes, such as one that analyzes tables.
  private static let someSession = """
    FROM pg_stat_activity WHERE datname LIKE 'test_%' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    LIMIT 1
    """

  @Test func `a server killed under load keeps every acknowledged write, once`() async throws {
    try await Self.withServer { server, _, database in
      try await Self.underLoad(database, "SIGKILL of the server") {
        try await server.control.kill()
        try await server.control.restart()
      }
    }
  }

  @Test func `one session ended under load keeps every acknowledged write, once`() async throws {
    try await Self.withServer { server, test, database in
      try await Self.underLoad(database, "end of one session", losable: 1) {
        let driver = server.driver(as: server.superuser, database: "postgres")
        try await DriverSession.with(driver, on: test.loop) { session in
          // Returns when the session has ended.
          let ended = try await session.run("SELECT pg_terminate_backend(pid, 60000) \(Self.someSession)")
          try #require(ended.rowCount == 1)
          #expect(try ended.boolean(0, 0))
        }
      }
    }
  }

  @Test func `one process of the server killed under load keeps every acknowledged write, once`() async throws
  {
    try await Self.withServer { server, test, database in
      try await Self.underLoad(database, "SIGKILL of one session's process, for which the server ends all") {
        let driver = server.driver(as: server.superuser, database: "postgres")
        try await DriverSession.with(driver, on: test.loop) { session in
          let process = try await session.run("SELECT pid::bigint \(Self.someSession)").integer(0, 0)
          try #require(kill(pid_t(process), SIGKILL) == 0)
          // The server ends all sessions at once when it has seen the end of that process.
          try await eventually("the server has ended this session too") {
            (try? await session.run("SELECT 1")) == nil
          }
        }
      }
    }
  }

  @Test func `a server that hangs for some seconds under load keeps every acknowledged write, once`()
    async throws
  {
    try await Self.withServer { server, _, database in
      try await Self.underLoad(database, "SIGSTOP of the server for 3 s") {
        try await server.control.suspend()
        try await Task.sleep(for: .seconds(3))
        try await server.control.resume()
      }
    }
  }

  @Test func `sessions at a server that hangs end once another one takes writes, and none stays at both`()
    async throws
  {
    try await Self.withPair { primary, standby, test, database in
      try await Self.underLoad(database, "SIGSTOP of the primary, promotion of its standby") {
        try await primary.control.suspend()
        try await standby.control.promote()
        // As the readiness probe does: its own connection finds the new primary, while the pool's all wait for the old.
        try await eventually("another server is found") {
          await Database.opens(database.driver, on: test.loop)
        }
      }
      try await primary.control.resume()
      // Commits there wait for a standby that has gone.
      try await Self.asSuperuser(
        of: primary, on: test.loop, "ALTER SYSTEM RESET synchronous_standby_names")
      let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'test_%' AND state IS NOT NULL"
      try await eventually("no session is left at the former primary") {
        let driver = primary.driver(as: primary.superuser, database: "postgres")
        let count = try? await DriverSession.with(driver, on: test.loop) {
          try await $0.run(sessions).integer(0, 0)
        }
        return count == 0
      }
    }
  }

  @Test func `a commit whose wait for the standby was cancelled is not acknowledged`() async throws {
    try await Self.withServer { server, test, database in
      try await Self.asSuperuser(
        of: server, on: test.loop, "ALTER SYSTEM SET synchronous_standby_names = '*'")
      let alone = Self.firstError { number throws(DatabaseError) in
        _ = try await database.run(Samples.insert(\.label <- "alone \(number)"))
      }
      try await Self.cancelWaitingCommit(of: server, on: test.loop)
      let together = Self.firstError { number throws(DatabaseError) in
        _ = try await database.transaction { transaction throws(DatabaseError) in
          try await transaction.run(Samples.insert(\.label <- "together \(number)"))
        }
      }
      try await Self.cancelWaitingCommit(of: server, on: test.loop)
      for error in [await alone.value, await together.value] { #expect(error?.kind == .connectionLost) }
      try await Self.asSuperuser(of: server, on: test.loop, "ALTER SYSTEM RESET synchronous_standby_names")
      try await eventually("commits are acknowledged again") {
        (try? await database.run(Samples.insert(\.label <- "later"))) == 1
      }
    }
  }

  @Test func `the removal of a test's database waits for no standby, so that a test that fails ends`()
    async throws
  {
    try await Self.withServer { server, test, database in
      try await Self.asSuperuser(
        of: server, on: test.loop, "ALTER SYSTEM SET synchronous_standby_names = '*'")
      let write = Self.firstError { number throws(DatabaseError) in
        _ = try await database.run(Samples.insert(\.label <- "write \(number)"))
      }
      try await Self.cancelWaitingCommit(of: server, on: test.loop)
      #expect(await write.value != nil)
    }
  }

  /// Writes until a write fails: a commit waits for nothing while the server has not read its new setting.
  private static func firstError(
    _ write: @escaping @Sendable (_ number: Int) async throws(DatabaseError) -> Void
  ) -> Task<DatabaseError?, Never> {
    Task {
      let end = ContinuousClock.now + .milliseconds(Patience.milliseconds)
      var number = 0
      while ContinuousClock.now < end {
        number += 1
        do throws(DatabaseError) { try await write(number) } catch { return error }
      }
      return nil
    }
  }

  private static func cancelWaitingCommit(of server: PostgresServer, on loop: EventLoop) async throws {
    let driver = server.driver(as: server.superuser, database: "postgres")
    try await DriverSession.with(driver, on: loop) { session in
      try await eventually("a commit waits for the standby and is cancelled") {
        let cancelled = try await session.run(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        return cancelled.rowCount > 0
      }
    }
  }

  @Test func `a standby promoted after the primary was killed takes the writes without a restart`()
    async throws
  {
    try await Self.withPair { primary, standby, _, database in
      try await Self.underLoad(database, "SIGKILL of the primary, promotion of the standby") {
        try await primary.control.kill()
        try await standby.control.promote()
      }
      try await primary.control.restart()
    }
  }

  @Test func `a primary that comes back as a standby is given up, and its successor takes the writes`()
    async throws
  {
    try await Self.withPair { primary, standby, test, database in
      try await Self.underLoad(database, "demotion of the primary, promotion of the standby") {
        try await standby.control.promote()
        try await primary.control.demote()
      }
      let port = try await database.unsafeQuery(unsafeSQL: "SELECT inet_server_port()").integer(0, 0)
      #expect(port == Int64(standby.port))
      let refused = await #expect(throws: DatabaseError.self) {
        try await DriverSession.with(test.driver, on: test.loop) { _ in }
      }
      #expect(refused?.kind == .readOnlyServer)
      #expect(
        refused?.detail == "127.0.0.1:\(primary.port) is read-only (standby or default_transaction_read_only)"
      )
      try await primary.control.promote()
    }
  }

  @Test(
    arguments: [([], PreparedStatements.named), (["--transaction"], .off)] as [([String], PreparedStatements)]
  )
  func `a standby behind a pooler is refused until it is promoted, and then keeps its connections`(
    mode: [String], preparedStatements: PreparedStatements
  ) async throws {
    try await ServerControl.withServer("postgresql") { environment in
      let primary = environment.folder
      try await ServerControl.withServer("standby", options: ["--of", primary]) { environment in
        let standby = try PostgresServer(environment: environment)
        let options = ["--of", environment.folder] + mode
        try await ServerControl.withServer("pgbouncer", options: options) { environment in
          let pooler = try PostgresServer(environment: environment)
          try await Self.promotion(of: standby, behind: pooler, preparedStatements)
        }
      }
    }
  }

  private static func promotion(
    of standby: PostgresServer, behind pooler: PostgresServer, _ preparedStatements: PreparedStatements
  ) async throws {
    var configuration = pooler.configuration(as: pooler.owner, database: "postgres")
    configuration.preparedStatements = preparedStatements
    let driver = PostgresServer.driver(configuration)
    let fixture = try LoopFixture()
    let refused = await #expect(throws: DatabaseError.self) {
      try await DriverSession.with(driver, on: fixture.loop) { _ in }
    }
    #expect(refused?.kind == .readOnlyServer)
    try await standby.control.promote()
    try await eventually("the promoted server is accepted") {
      (try? await DriverSession.with(driver, on: fixture.loop) { _ in }) != nil
    }
    try await DriverSession.with(driver, on: fixture.loop) { session in
      for _ in 0..<5 { _ = try await session.run("SELECT 1") }
      let isOpen = await session.isOpen()
      #expect(isOpen)
    }
  }

  @Test
  func `connections that only read leave a server that became read-only, and return when it takes writes`()
    async throws
  {
    try await Self.withServer { server, test, database in
      try await Conformance.fill(database, count: 3)
      try await Self.asSuperuser(
        of: server, on: test.loop, "ALTER ROLE postgres SET default_transaction_read_only = off")
      try await Self.asSuperuser(
        of: server, on: test.loop, "ALTER SYSTEM SET default_transaction_read_only = on")
      try await eventually("a read is refused") {
        do {
          _ = try await database.count(Samples.count())
          return false
        } catch let error as DatabaseError {
          return error.kind == .readOnlyServer
        }
      }
      try await Self.asSuperuser(
        of: server, on: test.loop, "ALTER SYSTEM RESET default_transaction_read_only")
      try await eventually("reads and writes succeed again") {
        (try? await database.run(Samples.insert(\.label <- "after"))) != nil
      }
    }
  }
}

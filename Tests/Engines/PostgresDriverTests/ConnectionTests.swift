import DataAccess
import DatabaseTestSupport
import Dispatch
import PostgresDriver
import Secrets
import TestSupport
import Testing

struct ConnectionTests {
  private func connectionError(_ configuration: DatabaseConfiguration) async throws -> DatabaseError? {
    let fixture = try LoopFixture()
    do {
      try await DriverSession.with(PostgresDriver(configuration: configuration), on: fixture.loop) { _ in }
      return nil
    } catch let error as DatabaseError {
      return error
    }
  }

  private func configuration() throws -> DatabaseConfiguration {
    let server = try PostgresServer.shared()
    return server.configuration(as: server.owner, database: "postgres")
  }

  @Test func `a wrong password is an authentication failure that shows no password`() async throws {
    var configuration = try configuration()
    configuration.password = Secret("not-the-password")
    let error = try await connectionError(configuration)
    #expect(error?.kind == .authenticationFailed)
    #expect(error?.nativeCode == "28P01")
    #expect("\(String(describing: error)) \(error?.detail ?? "")".contains("not-the-password") == false)
  }

  @Test func `an account that does not exist is an authentication failure`() async throws {
    var configuration = try configuration()
    configuration.user = "nobody-we-know"
    #expect(try await connectionError(configuration)?.kind == .authenticationFailed)
  }

  @Test func `a port on which nobody listens is a refused connection`() async throws {
    var configuration = try configuration()
    configuration.hosts = [.init(host: "127.0.0.1", port: 1)]
    #expect(try await connectionError(configuration)?.kind == .connectionRefused)
  }

  @Test func `a database that does not exist counts as not reachable yet`() async throws {
    var configuration = try configuration()
    configuration.name = "not_there_yet"
    let error = try await connectionError(configuration)
    #expect(error?.kind == .connectionRefused)
    #expect(error?.nativeCode == "3D000")
  }

  @Test func `hosts are tried in order until one answers`() async throws {
    var configuration = try configuration()
    configuration.hosts.insert(.init(host: "127.0.0.1", port: 1), at: 0)
    #expect(try await connectionError(configuration) == nil)
  }

  @Test func `a server without TLS is refused when TLS is required`() async throws {
    var configuration = try configuration()
    configuration.tls = .require
    #expect(try await connectionError(configuration)?.kind == .connectionRefused)
  }

  @Test func `a session runs in UTC whatever the server's zone is`() async throws {
    try await PostgresFixture.with { _, session in
      let zone = try await session.run("SHOW timezone").text(0, 0)
      #expect(zone == "UTC")
    }
  }

  @Test func `a session ended by an administrator fails every statement once, and says it was lost`()
    async throws
  {
    try await PostgresFixture.with { fixture, session in
      let lost = AsyncBox<DatabaseError>()
      let connection = session.connection
      connection.loop.execute { connection.value.onLost = { lost.set($0) } }
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      async let outcomes = session.executeTogether(
        [PostgresFixture.read("SELECT pg_sleep(30)")]
          + (0..<20).map { _ in PostgresFixture.read("SELECT 1") })
      try await DriverSession.with(fixture.database.driver, on: fixture.database.loop) { other in
        try await eventually("the statement runs") {
          let running = try await other.run(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND query LIKE '%pg_sleep%'",
            [.integer(pid)])
          return try running.integer(0, 0) == 1
        }
        try await other.run("SELECT pg_terminate_backend($1)", [.integer(pid)])
      }
      #expect(await outcomes.allSatisfy { $0.error?.kind == .connectionLost })
      #expect(try await lost.value().kind == .connectionLost)
      #expect(await session.isOpen() == false)
      let late = await session.executeTogether([PostgresFixture.read("SELECT 1")])
      #expect(late[0].error?.kind == .connectionLost)
    }
  }

  @Test func `an idle session that is ended says so without being asked`() async throws {
    try await PostgresFixture.with { fixture, session in
      let lost = AsyncBox<DatabaseError>()
      let connection = session.connection
      connection.loop.execute { connection.value.onLost = { lost.set($0) } }
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      try await DriverSession.with(fixture.database.driver, on: fixture.database.loop) { other in
        try await other.run("SELECT pg_terminate_backend($1)", [.integer(pid)])
      }
      #expect(try await lost.value().kind == .connectionLost)
    }
  }

  @Test func `a statement that meets the end of its session is lost, and not called wrong`() async throws {
    try await PostgresFixture.with { fixture, session in
      let connection = session.connection
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      let insert = PostgresFixture.write(.insert, "notes", "INSERT INTO notes VALUES (1)")
      let ended = DispatchSemaphore(value: 0)
      // The session ends while the loop looks away. Then libpq finds out in the middle of sending, before the loop
      // hears of it, and each statement that fails is followed by another, as a transaction is by its ROLLBACK.
      async let kinds = withUnsafeContinuation { (done: UnsafeContinuation<[DatabaseError.Kind?], Never>) in
        connection.loop.execute {
          _ = ended.wait(timeout: .now() + 20)
          var kinds: [DatabaseError.Kind?] = []
          for _ in 0..<2 {
            connection.value.execute(PostgresFixture.write(.other, "notes", "SELECT pg_sleep(30)")) {
              kinds.append($0.error?.kind)
              connection.value.execute(insert) {
                kinds.append($0.error?.kind)
                if kinds.count == 4 { done.resume(returning: kinds) }
              }
            }
          }
        }
      }
      let elsewhere = try LoopFixture()
      try await DriverSession.with(fixture.database.driver, on: elsewhere.loop) { other in
        try await eventually("the session has ended") {
          let found = try await other.run(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = $1", [.integer(pid)])
          return try found.integer(0, 0) == 0
        }
      }
      ended.signal()
      let found = await kinds
      #expect(found == Array(repeating: .connectionLost, count: 4))
    }
  }

  @Test func `closing a session fails what is outstanding and does not call it lost`() async throws {
    try await PostgresFixture.with { _, session in
      let lost = AsyncBox<DatabaseError>()
      let connection = session.connection
      connection.loop.execute { connection.value.onLost = { lost.set($0) } }
      let outcome = Task { await session.executeTogether([PostgresFixture.read("SELECT pg_sleep(30)")]) }
      session.close()
      #expect(await outcome.value[0].error?.kind == .connectionLost)
      // What the loop was still to do for the session it has done by its second turn.
      for _ in 0..<2 { #expect(await !session.isOpen()) }
      #expect(lost.current == nil)
    }
  }

  @Test func `a cancelled statement fails as timed out, and the session goes on`() async throws {
    try await PostgresFixture.with { fixture, session in
      let connection = session.connection
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      async let outcome = session.executeTogether([PostgresFixture.read("SELECT pg_sleep(30)")])
      let elsewhere = try LoopFixture()
      try await DriverSession.with(fixture.database.driver, on: elsewhere.loop) { other in
        try await eventually("the statement runs") {
          let running = try await other.run(
            "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", [.integer(pid)])
          return running.rowCount == 1
        }
      }
      connection.loop.execute { connection.value.cancel() }
      #expect(await outcome[0].error?.kind == .statementTimeout)
      let after = try await session.run("SELECT 7").integer(0, 0)
      #expect(after == 7)
    }
  }

  @Test func `a server killed under a session is found lost, and its successor takes connections`()
    async throws
  {
    try await ServerControl.withServer("postgresql", options: ["--durable"]) { environment in
      let server = try PostgresServer(environment: environment)
      let fixture = try LoopFixture()
      let driver = server.driver(as: server.owner, database: "postgres")
      try await DriverSession.with(driver, on: fixture.loop) { session in
        async let outcomes = session.executeTogether([
          PostgresFixture.read("SELECT pg_sleep(30)"), PostgresFixture.read("SELECT 1"),
        ])
        try await Task.sleep(for: .milliseconds(100))
        try await server.control.kill()
        #expect(await outcomes.allSatisfy { $0.error?.kind == .connectionLost })
      }
      try await server.control.restart()
      try await DriverSession.with(driver, on: fixture.loop) { session in
        let alive = try await session.run("SELECT 1").integer(0, 0)
        #expect(alive == 1)
      }
    }
  }

  @Test func `TLS is verified against the given authority and refused against another`() async throws {
    try await ServerControl.withServer("postgresql", options: ["--tls"]) { environment in
      let server = try PostgresServer(environment: environment)
      var configuration = server.configuration(as: server.owner, database: "postgres")
      configuration.tls = .verifyFull(authorityFile: server.certificateFile)
      let fixture = try LoopFixture()
      let driver = PostgresDriver(configuration: configuration)
      try await DriverSession.with(driver, on: fixture.loop) { session in
        let encrypted = try await session.run("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        #expect(try encrypted.boolean(0, 0))
      }
      configuration.tls = .verifyFull(authorityFile: nil)
      #expect(try await connectionError(configuration)?.kind == .connectionRefused)
    }
  }
}

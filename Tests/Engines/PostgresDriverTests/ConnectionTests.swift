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

  @Test func `a wrong password is an authentication failure whose error shows no password`() async throws {
    var configuration = try configuration()
    configuration.password = Secret("not-the-password")
    let error = try await connectionError(configuration)
    #expect(error?.kind == .authenticationFailed)
    #expect(error?.nativeCode == "28P01")
    #expect("\(String(describing: error)) \(error?.detail ?? "")".contains("not-the-password") == false)
  }

  @Test func `an account that does not exist is an authentication failure`() async throws {
    var configuration = try configuration()
    configuration.user = "unknown-account"
    #expect(try await connectionError(configuration)?.kind == .authenticationFailed)
  }

  @Test func `a port without a listener refuses the connection`() async throws {
    var configuration = try configuration()
    configuration.hosts = [.init(host: "127.0.0.1", port: 1)]
    #expect(try await connectionError(configuration)?.kind == .connectionRefused)
  }

  @Test func `a database that does not exist counts as unreachable`() async throws {
    var configuration = try configuration()
    configuration.name = "not_there_yet"
    let error = try await connectionError(configuration)
    #expect(error?.kind == .connectionRefused)
    #expect(error?.nativeCode == "3D000")
  }

  @Test func `hosts are tried in order until one accepts`() async throws {
    var configuration = try configuration()
    configuration.hosts.insert(.init(host: "127.0.0.1", port: 1), at: 0)
    #expect(try await connectionError(configuration) == nil)
  }

  @Test func `a server without TLS is rejected when TLS is required`() async throws {
    var configuration = try configuration()
    configuration.tls = .require
    #expect(try await connectionError(configuration)?.kind == .connectionRefused)
  }

  @Test func `a session runs in UTC with any time zone of the server`() async throws {
    try await PostgresFixture.with { _, session in
      let zone = try await session.run("SHOW timezone").text(0, 0)
      #expect(zone == "UTC")
    }
  }

  @Test func `a session ended by an administrator fails each statement once and reports its loss`()
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

  @Test func `an idle session that ends reports its loss without a statement`() async throws {
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

  @Test func `a statement sent as its session ends is lost, not invalid`() async throws {
    try await PostgresFixture.with { fixture, session in
      let connection = session.connection
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      let insert = PostgresFixture.write(.insert, "notes", "INSERT INTO notes VALUES (1)")
      let ended = DispatchSemaphore(value: 0)
      // The session ends while the loop is blocked. So libpq detects the loss during a send, before the loop does. Each
      // failed statement is followed by another, as ROLLBACK follows in a transaction.
      async let kinds = withUnsafeContinuation { (done: UnsafeContinuation<[DatabaseError.Kind?], Never>) in
        connection.loop.execute {
          _ = ended.wait(timeout: .now() + 60)
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

  @Test func `closing a session fails outstanding statements without a report of loss`() async throws {
    try await PostgresFixture.with { fixture, session in
      let lost = AsyncBox<DatabaseError>()
      let connection = session.connection
      connection.loop.execute { connection.value.onLost = { lost.set($0) } }
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      async let outcome = session.executeTogether([PostgresFixture.read("SELECT pg_sleep(30)")])
      try await fixture.waitUntilAsleep(pid)
      session.close()
      #expect(await outcome[0].error?.kind == .connectionLost)
      // By its second turn, the loop has done all its remaining work for the session.
      for _ in 0..<2 { #expect(await !session.isOpen()) }
      #expect(lost.current == nil)
    }
  }

  @Test func `a cancelled statement fails with a timeout, and the session stays usable`() async throws {
    try await PostgresFixture.with { fixture, session in
      let connection = session.connection
      let pid = try await session.run("SELECT pg_backend_pid()").integer(0, 0)
      async let outcome = session.executeTogether([PostgresFixture.read("SELECT pg_sleep(30)")])
      try await fixture.waitUntilAsleep(pid)
      connection.loop.execute { connection.value.cancel {} }
      #expect(await outcome[0].error?.kind == .statementTimeout)
      let after = try await session.run("SELECT 7").integer(0, 0)
      #expect(after == 7)
    }
  }

  @Test func `killing the server loses the session, and the restarted server accepts connections`()
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

  @Test func `TLS succeeds with the right authority and fails with another`() async throws {
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

import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

struct LossTests {
  private static let impatient = PoolConfiguration(
    size: 3, acquireTimeoutMilliseconds: 1_000, reconnectMinimumMilliseconds: 20,
    reconnectMaximumMilliseconds: 100)

  /// Ends every session of the database except its own.
  private func endSessions(of test: TestDatabase) async throws {
    let words = try #require(test.engine.words)
    try await DriverSession.with(test.driver, on: test.loop) { session in try await words.endSessions(session)
    }
  }

  @Test(arguments: TestEngine.servers)
  func `the pool replaces sessions that were ended`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { test in
      try await Conformance.prepared(test, pool: Self.impatient) { database in
        try await Conformance.fill(database, count: 10)
        for _ in 0..<3 {
          try await endSessions(of: test)
          try await eventually("the pool has a session again") {
            (try? await database.count(Samples.count())) == 10
          }
        }
      }
    }
  }

  @Test(arguments: TestEngine.servers)
  func `no read fails because every session of the pool was ended`(engine: TestEngine) async throws {
    let patient = PoolConfiguration(
      size: 3, acquireTimeoutMilliseconds: 60_000, reconnectMinimumMilliseconds: 20,
      reconnectMaximumMilliseconds: 100)
    try await TestDatabase.with(engine) { test in
      try await Conformance.prepared(test, pool: patient) { database in
        try await Conformance.fill(database, count: 10)
        for _ in 0..<10 {
          // The read inside the transaction needs a second session.
          try await database.transaction { transaction throws(DatabaseError) in
            try await transaction.run(Samples.delete().where(\.id == -1))
            _ = try await database.count(Samples.count())
          }
          try await endSessions(of: test)
          for _ in 0..<5 { #expect(try await database.count(Samples.count()) == 10) }
        }
      }
    }
  }

  @Test(arguments: TestEngine.servers)
  func `a transaction whose session ends fails and has no effect`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { test in
      try await Conformance.prepared(test, pool: Self.impatient) { database in
        let error = await #expect(throws: DatabaseError.self) {
          try await database.transaction { transaction throws(DatabaseError) in
            try await transaction.run(Samples.insert(\.label <- "lost"))
            do {
              try await endSessions(of: test)
            } catch {
              throw DatabaseError(.other, operation: "end sessions", detail: "\(error)")
            }
            try await transaction.run(Samples.insert(\.label <- "never"))
          }
        }
        #expect(error?.kind == .connectionLost)
        try await eventually("the pool has a session again") {
          (try? await database.count(Samples.count())) == 0
        }
      }
    }
  }

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "`make test` runs it, on another server"))
  func `a server killed under load gives errors, and then returns every acknowledged write`()
    async throws
  {
    try await ServerControl.withServer("postgresql", options: ["--durable"]) { environment in
      let server = try PostgresServer(environment: environment)
      try await TestDatabase.with(.postgresql(server)) { test in
        try await Conformance.prepared(test, pool: Self.impatient) { database in
          let traffic = Traffic(database: database)
          async let written = traffic.run()
          try await eventually("writes are acknowledged") { traffic.acknowledgedCount > 20 }
          try await server.control.kill()
          try await eventually("the loss is noticed") { traffic.failureCount > 0 }
          try await server.control.restart()
          try await eventually("the pool has a session again") {
            (try? await database.ping()) != nil
          }
          traffic.stop()
          let acknowledged = await written
          #expect(acknowledged.failures > 0)
          #expect(!acknowledged.labels.isEmpty)
          let kept = try await database.all(Samples.select(\.label)) { $0 }
          #expect(acknowledged.labels.subtracting(kept).isEmpty)
        }
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `waiting for a database that is available ends at once`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { test in
      let driver = CountingDriver(test.driver)
      try await Database.waitUntilReachable(
        driver: driver, loop: test.loop, attempts: 5, delaySeconds: 60, logger: .silent)
      #expect(driver.connectCount == 1)
    }
  }

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "`make test` runs it, on another server"))
  func `waiting for a database that is unavailable ends after the attempts`() async throws {
    let server = try PostgresServer.shared()
    var configuration = server.configuration(as: server.owner, database: "postgres")
    configuration.hosts = [.init(host: "127.0.0.1", port: 1)]
    let driver = CountingDriver(PostgresServer.driver(configuration))
    let fixture = try LoopFixture()
    let error = await #expect(throws: DatabaseError.self) {
      try await Database.waitUntilReachable(
        driver: driver, loop: fixture.loop, attempts: 3, delaySeconds: 0, logger: .silent)
    }
    #expect(error?.kind == .connectionRefused)
    #expect(driver.connectCount == 3)
  }
}

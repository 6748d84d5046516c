import DataAccess
import DatabaseTestSupport
import PostgresDriver
import Secrets
import TestSupport
import Testing

/// PgBouncer 1.18 between the driver and the server.
struct PoolerTests {
  private static let tally = PostgresFixture.read("SELECT count(*) FROM tally", table: "tally")

  @Test(arguments: [TestEngine.sessionPooler, .transactionPooler])
  func `many loops that read and write through a pooler each get their own answers`(
    engine: TestEngine
  ) async throws {
    try await TestDatabase.with(engine) { database in
      try await DriverSession.with(database.driver, on: database.loop) { session in
        try await session.run("CREATE TABLE tally (n bigint PRIMARY KEY)")
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for client in 0..<6 {
          group.addTask { try await Self.traffic(of: client, on: database) }
        }
        try await group.waitForAll()
      }
      try await DriverSession.with(database.driver, on: database.loop) { session in
        let count = try await session.execute(Self.tally).integer(0, 0)
        #expect(count == 6 * 20)
      }
    }
  }

  /// Batches of reads with a write and a failing statement among them, all submitted at once.
  private static func traffic(of client: Int, on database: TestDatabase) async throws {
    let fixture = try LoopFixture()
    try await DriverSession.with(database.driver, on: fixture.loop) { session in
      for round in 0..<20 {
        let number = Int64(client * 1000 + round)
        var queries = (0..<5).map {
          PostgresFixture.read("SELECT $1::bigint", [.integer(number + Int64($0))])
        }
        queries.insert(PostgresFixture.read("SELECT 1 / $1::bigint", [.integer(0)]), at: 2)
        queries.insert(
          PostgresFixture.write(.insert, "tally", "INSERT INTO tally VALUES ($1)", [.integer(number)]), at: 4)
        let outcomes = await session.executeTogether(queries)
        #expect(outcomes[2].error?.nativeCode == "22012")
        #expect(outcomes[4].error == nil)
        let answers = [0, 1, 3, 5, 6].map { outcomes[$0].integer }
        #expect(answers == (0..<5).map { number + $0 })
      }
    }
  }

  @Test func `named statements behind a transaction pooler never run another client's statement`()
    async throws
  {
    try await TestDatabase.with(.transactionPooler) { database in
      var configuration = database.configuration
      configuration.preparedStatements = .named
      let driver = PostgresDriver(configuration: configuration)
      let answers = try await withThrowingTaskGroup(of: Int.self) { group in
        for client in 0..<8 {
          group.addTask {
            let fixture = try LoopFixture()
            return try await DriverSession.with(driver, on: fixture.loop) { session in
              var answers = 0
              for _ in 0..<30 {
                let found = await session.executeTogether([
                  PostgresFixture.read("SELECT \(client)::bigint")
                ])
                guard case .success = found[0] else { continue }
                #expect(found[0].integer == Int64(client))
                answers += 1
              }
              return answers
            }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(answers > 0, "every statement failed")
    }
  }

  @Test(arguments: [TestEngine.sessionPooler, .transactionPooler])
  func `a cancelled statement behind a pooler fails with a timeout`(engine: TestEngine) async throws {
    try await TestDatabase.with(engine) { database in
      try await DriverSession.with(database.driver, on: database.loop) { session in
        let connection = session.connection
        async let outcome = session.executeTogether([
          PostgresFixture.read("SELECT pg_sleep(60), 'a statement to cancel'")
        ])
        let server = try PostgresServer.shared()
        let elsewhere = try LoopFixture()
        let direct = server.driver(as: server.owner, database: database.configuration.name)
        try await DriverSession.with(direct, on: elsewhere.loop) { other in
          try await eventually("the statement runs") {
            try await other.run(
              "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
            ).rowCount == 1
          }
        }
        connection.loop.execute { connection.value.cancel {} }
        #expect(await outcome[0].error?.kind == .statementTimeout)
        let after = try await session.run("SELECT 7").integer(0, 0)
        #expect(after == 7)
      }
    }
  }

  @Test func `a pooler's own reason is in the error, and no password`() async throws {
    let pooler = try PostgresServer.sharedTransactionPooler()
    let configuration = pooler.configuration(as: pooler.superuser, database: "no_such_database")
    let fixture = try LoopFixture()
    let error = await #expect(throws: DatabaseError.self) {
      try await DriverSession.with(PostgresDriver(configuration: configuration), on: fixture.loop) { _ in }
    }
    let report = try #require(error).connectionReport
    #expect(report.contains("127.0.0.1:\(pooler.port)"))
    #expect(report.contains("no_such_database"))
    #expect(!report.contains(pooler.superuser.password.reveal()))
  }

  @Test func `a wrong password at a pooler is a refused credential`() async throws {
    let pooler = try PostgresServer.sharedSessionPooler()
    var configuration = pooler.configuration(as: pooler.owner, database: "postgres")
    configuration.password = Secret("not-the-password")
    let fixture = try LoopFixture()
    let error = await #expect(throws: DatabaseError.self) {
      try await DriverSession.with(PostgresDriver(configuration: configuration), on: fixture.loop) { _ in }
    }
    #expect(error?.kind == .authenticationFailed)
  }
}

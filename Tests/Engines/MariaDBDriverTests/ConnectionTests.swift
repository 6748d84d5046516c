import DataAccess
import DatabaseTestSupport
import EventLoop
import Logging
import Schema
import Secrets
import TestSupport
import Testing
import Transport

@testable import MariaDBDriver

/// How a connection begins: encryption, hosts, passwords and read-only servers.
@Suite(.enabled(if: !MariaDBServer.hasMySQL, "`make test` runs it, on another server")) struct ConnectionTests
{
  private func connect(_ configuration: DatabaseConfiguration, _ sql: String) async throws -> any ResultSet {
    let fixture = try LoopFixture()
    let driver = MariaDBDriver(configuration: configuration)
    return try await DriverSession.with(driver, on: fixture.loop) { session in try await session.run(sql) }
  }

  private func failure(_ configuration: DatabaseConfiguration) async -> DatabaseError? {
    await #expect(throws: DatabaseError.self) { try await connect(configuration, "SELECT 1") }
  }

  @Test func `an encrypted connection verifies the server's certificate`() async throws {
    let server = try MariaDBServer.shared()
    var configuration = server.configuration(as: server.owner)
    configuration.tls = .verifyFull(authorityFile: server.certificateFile)
    let row = try await connect(configuration, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    #expect(try !row.text(0, 1).isEmpty)
    configuration.tls = .verifyFull(authorityFile: nil)
    #expect(await failure(configuration)?.kind == .connectionRefused)
    configuration.tls = .require
    let unverified = try await connect(configuration, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    #expect(try !unverified.text(0, 1).isEmpty)
  }

  @Test func `a wrong password is a refused login, and a missing host names the address`() async throws {
    let server = try MariaDBServer.shared()
    var configuration = server.configuration(as: server.owner)
    configuration.password = Secret("wrong")
    let refused = await failure(configuration)
    #expect(refused?.kind == .authenticationFailed && refused?.nativeCode == "1045")
    #expect(refused?.detail?.contains("wrong") == false)
    configuration.hosts = [Endpoint(host: "127.0.0.1", port: 1)]
    let missing = await failure(configuration)
    #expect(missing?.kind == .connectionRefused && missing?.detail?.contains("127.0.0.1:1") == true)
  }

  /// Makes the server read-only. Its sessions end once a new connection finds that.
  private func expectEnd(
    of own: MariaDBServer, _ configuration: DatabaseConfiguration, on loop: EventLoop
  ) async throws {
    let driver = MariaDBDriver(configuration: configuration)
    try await DriverSession.with(driver, on: loop) { idle in
      try await DriverSession.with(driver, on: loop) { busy in
        try await busy.run("START TRANSACTION")
        try await DriverSession.with(own.driver(as: own.superuser), on: loop) { session in
          try await session.run("SET GLOBAL read_only = 1")
        }
        try await DriverSession.with(driver, on: loop) { other in try await other.run("SELECT 1") }
        try await eventually("the free session ends") { (try? await idle.run("SELECT 1")) == nil }
        // A transaction goes on to its end.
        let inside = try await busy.run("SELECT 1").integer(0, 0)
        #expect(inside == 1)
        try await busy.run("ROLLBACK")
        try await eventually("the other session ends") { (try? await busy.run("SELECT 1")) == nil }
      }
    }
  }

  @Test func `every address of a name is tried`() async throws {
    let server = try MariaDBServer.shared()
    let fixture = try LoopFixture()
    let driver = MariaDBDriver(
      configuration: server.configuration(as: server.owner), connectTimeoutMilliseconds: 60_000,
      servers: { ServerAddress.all(of: $0, addresses: ["127.0.0.2", "127.0.0.1"]) })
    try await DriverSession.with(driver, on: fixture.loop) { session in
      let one = try await session.run("SELECT 1").integer(0, 0)
      #expect(one == 1)
    }
  }

  @Test func `the sessions of a former password end, and their pool goes on`() async throws {
    let server = try MariaDBServer.shared()
    let fixture = try LoopFixture()
    let folder = try TemporaryFolder()
    let file = folder.file("password")
    let password = server.owner.password.reveal()
    try password.write(toFile: file, atomically: true, encoding: .utf8)
    var configuration = server.configuration(as: server.owner)
    configuration.credential = .file(file, initial: server.owner.password)
    let pool = Database(
      driver: MariaDBDriver(configuration: configuration), loop: fixture.loop, configuration: .patient(1),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    func session() async throws -> Int64 {
      try await pool.unsafeQuery(unsafeSQL: "SELECT connection_id()").integer(0, 0)
    }
    let first = try await session()
    try "\(password)\nformer 1 another\n".write(toFile: file, atomically: true, encoding: .utf8)
    try await eventually("the session is another one") { try await session() != first }
    await pool.close()
  }

  private struct Remarks: Table {
    let id = Column<Self, Int64>.identity
    let words = Column<Self, String>("words", .varchar(20))

    static let shape = Remarks()

    static let definition = TableDefinition(
      name: "remarks", owner: "tests", columns: [shape.id.definition, shape.words.definition])
  }

  @Test func `a connection that is refused a table gives way to one that reads the account's views again`()
    async throws
  {
    let server = try MariaDBServer.shared()
    let account = PostgresServer.Account(
      name: "moved-\(RandomName.make())", password: Secret(RandomName.make()))
    let grantee = "`\(account.name)`@'127.0.0.1'"
    try await TestDatabase.with(.mariadb) { test in
      let name = test.configuration.name
      try await DriverSession.with(server.driver(as: server.superuser, database: name), on: test.loop) {
        superuser in
        try await superuser.run(
          "CREATE TABLE remarks (id bigint AUTO_INCREMENT PRIMARY KEY, words varchar(20))")
        try await superuser.run("CREATE USER \(grantee) IDENTIFIED BY '\(account.password.reveal())'")
        try await superuser.run("GRANT INSERT ON remarks TO \(grantee)")
        let driver = server.driver(as: account, database: name)
        try await test.withPool(.patient(1), driver: driver) { pool in
          try await pool.run(Remarks.insert(\.words <- "into the table"))
          try await superuser.run("CREATE VIEW `remarks$\(account.name)` AS SELECT * FROM remarks")
          try await superuser.run("REVOKE INSERT ON remarks FROM \(grantee)")
          try await superuser.run("GRANT INSERT ON `remarks$\(account.name)` TO \(grantee)")
          try await eventually("the row goes through the view") {
            (try? await pool.run(Remarks.insert(\.words <- "through the view"))) != nil
          }
        }
        try await superuser.run("DROP USER \(grantee)")
      }
    }
  }

  @Test func `a server that offers no encryption is refused, and a read-only one is passed by`() async throws
  {
    let shared = try MariaDBServer.shared()
    let fixture = try LoopFixture()
    let account = PostgresServer.Account(
      name: "both-\(RandomName.make())", password: Secret(RandomName.make()))
    try await ServerControl.withServer("mariadb") { environment in
      let own = try MariaDBServer(environment: environment)
      for server in [own, shared] {
        try await DriverSession.with(server.driver(as: server.superuser), on: fixture.loop) { session in
          try await session.run(
            "CREATE USER `\(account.name)`@'127.0.0.1' IDENTIFIED BY '\(account.password.reveal())'")
        }
      }
      var configuration = own.configuration(as: account)
      configuration.tls = .require
      #expect(await failure(configuration)?.detail?.contains("no encryption") == true)
      configuration.tls = .verifyFull(authorityFile: shared.certificateFile)
      #expect(await failure(configuration)?.kind == .connectionRefused)

      configuration.tls = .disable
      configuration.hosts = [own, shared].map { Endpoint(host: $0.host, port: $0.port) }
      let port = "SELECT @@port"
      let answer1 = try await connect(configuration, port).integer(0, 0)
      #expect(answer1 == Int64(own.port))
      try await expectEnd(of: own, configuration, on: fixture.loop)
      let answer2 = try await connect(configuration, port).integer(0, 0)
      #expect(answer2 == Int64(shared.port))
      configuration.hosts = [Endpoint(host: own.host, port: own.port)]
      #expect(await failure(configuration)?.kind == .readOnlyServer)
    }
    try await DriverSession.with(shared.driver(as: shared.superuser), on: fixture.loop) { session in
      try await session.run("DROP USER `\(account.name)`@'127.0.0.1'")
    }
  }
}

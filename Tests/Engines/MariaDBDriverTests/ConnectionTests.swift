import DataAccess
import DatabaseTestSupport
import MariaDBDriver
import Secrets
import TestSupport
import Testing
import Transport

/// How a connection begins: encryption, hosts, passwords and read-only servers.
@Suite struct ConnectionTests {
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
      try await DriverSession.with(own.driver(as: own.superuser), on: fixture.loop) { session in
        try await session.run("SET GLOBAL read_only = 1")
      }
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

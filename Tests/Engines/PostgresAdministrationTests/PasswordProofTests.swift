import AccessPlanning
import DataAccess
import DatabaseTestSupport
import EventLoop
import PostgresDriver
import Secrets
import TestSupport
import Testing

@testable import PostgresAdministration

/// What a login that a limit of connections ended says about its password, on a real server.
@Suite struct PasswordProofTests {
  private typealias Held = [LoopBound<any DatabaseConnection>]

  /// Opens connections until the server starts no further one.
  private static func fill(
    _ server: PostgresServer, as account: PostgresServer.Account, on loop: EventLoop, _ held: inout Held
  ) async throws {
    do {
      while true { held.append(try await driver(server, account.name, account.password).connect(on: loop)) }
    } catch {
      guard error.kind == .tooManyConnections else { throw error }
    }
  }

  private static func driver(
    _ server: PostgresServer, _ account: String, _ password: Secret
  ) -> PostgresDriver {
    PostgresDriver(
      configuration: DatabaseConfiguration(
        hosts: [.init(host: server.host, port: server.port)], name: "postgres", user: account,
        password: password, tls: .disable))
  }

  @Test
  func `the limits of a role and of reserved connections follow the password, and a full server's does not`()
    async throws
  {
    let fixture = try LoopFixture()
    let folder = try TemporaryFolder()
    try await ServerControl.withServer("postgresql") { environment in
      let server = try PostgresServer(environment: environment)
      let account = PostgresServer.Account(name: "busy", password: Secret("its password"))
      let probe = CredentialProbe(
        store: CredentialStore(directory: folder.file("credentials")),
        driver: { Self.driver(server, $0, $1) }, loop: fixture.loop,
        provesPassword: PostgresPasswords.provesPassword, isServing: { false })
      try await DriverSession.with(
        Self.driver(server, server.superuser.name, server.superuser.password), on: fixture.loop
      ) { try await $0.run("ALTER SYSTEM SET max_connections = 20") }
      try await server.control.restart()
      func states() async throws(AccessError) -> [CredentialState] {
        [
          try await probe.response(to: account.password, of: "busy"),
          try await probe.response(to: Secret("another"), of: "busy"),
        ]
      }
      try await DriverSession.with(
        Self.driver(server, server.superuser.name, server.superuser.password), on: fixture.loop
      ) { superuser in
        try await superuser.run("CREATE ROLE busy LOGIN PASSWORD 'its password' CONNECTION LIMIT 0")
        #expect(try await states() == [.accepted, .refused])
        try await superuser.run("ALTER ROLE busy CONNECTION LIMIT -1")
        var held: Held = []
        try await Self.fill(server, as: account, on: fixture.loop, &held)
        #expect(!held.isEmpty)
        // The others are reserved for superusers.
        #expect(try await states() == [.accepted, .refused])
        try await Self.fill(server, as: server.superuser, on: fixture.loop, &held)
        await #expect(throws: AccessError.self) { try await probe.response(to: account.password, of: "busy") }
        await #expect(throws: AccessError.self) {
          try await probe.response(to: Secret("another"), of: "busy")
        }
        for connection in held { connection.loop.execute { connection.value.close() } }
      }
    }
  }
}

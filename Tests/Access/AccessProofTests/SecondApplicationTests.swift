import AccessManifest
import AccessPlanning
import DatabaseTestSupport
import EventLoop
import Foundation
import Processes
import TestSupport
import Testing

/// The fleet on servers that another application uses too.
@Suite(.serialized) struct SecondApplicationTests {
  private static let adopting = AccessScope(mode: .adopting)

  @Test func `a strict manifest that lists the others changes nothing of theirs, and reports nothing`()
    async throws
  {
    try await Self.withFleet(SecondApplication.listed) { fleet in
      let application = SecondApplication(fleet: fleet)
      try await application.create()
      let before = try await application.dump()
      try await Self.setUpTwice(fleet)
      #expect(try await application.dump() == before)
      #expect(try await fleet.deviations().map(\.message) == [])
      #expect(try await fleet.notes().map(\.message) == [])
      #expect(try await fleet.proof().violations.map(\.description) == [])
    }
  }

  @Test func `an adopting manifest changes nothing of others, and mentions them`() async throws {
    try await Self.withFleet(Self.adopting) { fleet in
      let application = SecondApplication(fleet: fleet)
      try await application.create(["ALTER DATABASE app_db SET timezone = 'Europe/Berlin'"])
      let before = try await application.dump()
      try await Self.setUpTwice(fleet)
      #expect(try await application.dump() == before)
      #expect(try await fleet.deviations().map(\.message) == [])
      let notes = try await fleet.notes()
      for (account, privilege) in [
        ("backup", "REPLICATION"), ("backup", "MEMBER"), ("monitor", "BYPASSRLS"), ("monitor", "MEMBER"),
        ("team-b-owner", "SCHEMA"), ("PUBLIC", "TimeZone"), ("PUBLIC", "CONNECT"), ("replica", "user"),
      ] {
        #expect(
          notes.contains { $0.account == account && $0.privilege == privilege }, "\(account) \(privilege)")
      }
    }
  }

  @Test func `an adopting manifest closes what opens the fleet's own tables`() async throws {
    try await Self.withFleet(Self.adopting) { fleet in
      try await fleet.setUp()
      try await fleet.asAdministrator(
        "GRANT SELECT ON users TO PUBLIC", #"GRANT SELECT (password) ON users TO "connector-rw""#,
        "CREATE POLICY extra ON events USING (true)")
      let found = try await fleet.deviations()
      #expect(Set(found.map(\.privilege)) == ["SELECT", "POLICY extra"])
      _ = try await fleet.access.apply()
      #expect(try await fleet.deviations().map(\.message) == [])
    }
  }

  @Test func `an additive manifest grants what is missing, and revokes nothing`() async throws {
    try await Self.withFleet(AccessScope(mode: .additive)) { fleet in
      try await fleet.setUp()
      try await fleet.asAdministrator(
        #"GRANT SELECT ON users TO "connector-rw""#, #"REVOKE SELECT ON rollups FROM "analytics-ro""#,
        "CREATE POLICY extra ON events USING (true)")
      try await fleet.asCacheAdministrator("ACL SETUSER stranger on >x ~other:* +get")
      _ = try await fleet.access.apply()
      let found = try await fleet.deviations()
      #expect(Set(found.map(\.privilege)) == ["SELECT", "POLICY extra"])
      #expect(found.map(\.account).contains("connector-rw"))
      #expect(try await fleet.notes().contains { $0.account == "stranger" })
    }
  }

  /// A second run of everything must change nothing either.
  private static func setUpTwice(_ fleet: ServerFleet) async throws {
    try await fleet.setUp()
    #expect(try await fleet.bootstrap.run().map(\.text) == [])
    #expect(try await fleet.access.apply().flatMap(\.value.done).map(\.text) == [])
  }

  private static func withFleet(
    _ scope: AccessScope, _ body: (ServerFleet) async throws -> Void
  ) async throws {
    try await ServerControl.withServer("postgresql") { postgres in
      try await ServerControl.withServer("redis") { redis in
        let fleet = try await ServerFleet(
          postgres: PostgresServer(environment: postgres), redis: RedisServer(environment: redis),
          scope: scope)
        try await body(fleet)
        await fleet.close()
      }
    }
  }
}

extension ServerFleet {
  /// Runs one of the server's own programs as its superuser, and returns its output.
  func runAsSuperuser(_ program: String, _ arguments: [String]) async throws -> String {
    let environment = try ServerEnvironment(file: postgres.control.folder + "/env")
    let psql = URL(fileURLWithPath: try environment.value("POSTGRES_PSQL"))
    let (server, superuser) = (postgres, postgres.superuser)
    return try await Offload.run {
      let outcome = try ChildProcess.run(
        psql.deletingLastPathComponent().appendingPathComponent(program).path,
        ["--host", server.host, "--port", "\(server.port)", "--username", superuser.name] + arguments,
        environment: ["PGPASSWORD": superuser.password.reveal()])
      guard outcome.isSuccess else { throw SupportError("\(program) failed: \(outcome.errors)") }
      return outcome.output
    }
  }
}

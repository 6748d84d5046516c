import Foundation
import JSON
import TestSupport
import Testing

/// A service behind PgBouncer, and one whose password changes.
@Suite(.serialized) struct PoolerTests {
  /// Starts a PgBouncer in front of the deployment's server and returns the settings that lead to it.
  private static func pooler(
    of deployment: Deployment, _ options: [String], _ prepared: String
  ) async throws -> [String: String] {
    let place = deployment.folder.appendingPathComponent("pooler")
    let server = deployment.folder.appendingPathComponent("postgresql")
    let output = try await script(
      deployment, ["start", "pgbouncer", place.path, "--of", server.path] + options)
    guard output.status == 0 else { throw Program.Failure(output.err) }
    let text = try String(contentsOf: place.appendingPathComponent("env"), encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("POSTGRES_PORT=") }
    let port = try #require(line?.split(separator: "=").last)
    return ["DB_PORT": String(port), "DB_PREPARED_STATEMENTS": prepared]
  }

  private static func script(_ deployment: Deployment, _ arguments: [String]) async throws -> Program.Output {
    var environment = ["HOME": deployment.folder.path]
    environment["BULKHEAD_TOOLS"] = ProcessInfo.processInfo.environment["BULKHEAD_TOOLS"]
    return try await Program.run(
      Program.script("servers.sh"), arguments, environment: environment, in: deployment.folder)
  }

  private static func stopPooler(of deployment: Deployment) async throws {
    let place = deployment.folder.appendingPathComponent("pooler")
    _ = try await script(deployment, ["stop", place.path])
  }

  @Test(arguments: [([], "named"), (["--transaction"], "off")] as [([String], String)])
  func `a service works behind PgBouncer with session pooling and with transaction pooling`(
    options: [String], prepared: String
  ) async throws {
    try await ServiceBehindServers.with {
      try await Self.pooler(of: $0, options, prepared)
    } _: { service in
      try await service.readiness(becomes: 200)
      let clients = try await withThrowingTaskGroup(of: Client.self) { group in
        for _ in 0..<4 { group.addTask { try await service.member() } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for (number, client) in clients.enumerated() {
        for round in 0..<10 {
          let value = JSONValue.integer(Int64(number * 100 + round))
          let put = try await client.send(.put, "/v1/settings/s\(round)", ["value": value])
          #expect(put.status == 201 || put.status == 200, "\(put.text)")
          let read = try await client.send(.get, "/v1/settings/s\(round)")
          #expect(read.json["value"] == value)
        }
      }
      #expect(try await service.client.send(.get, "/readyz").status == 200)
      try await Self.stopPooler(of: service.deployment)
    }
  }

  @Test func `named statements behind transaction pooling are never taken for an older tool's schema`()
    async throws
  {
    try await ServiceBehindServers.with {
      try await Self.pooler(of: $0, ["--transaction"], "named")
    } _: { service in
      var reports = 0
      for _ in 0..<50 {
        if let report = try? await service.client.send(.get, "/readyz").text {
          #expect(!report.contains("older tool"))
          reports += 1
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(reports > 0, "the service did not start")
      #expect(!service.started.err.contains("older tool"))
      try await Self.stopPooler(of: service.deployment)
    }
  }

  @Test func `an unreachable pooler's reason and address are in the log`() async throws {
    try await ServiceBehindServers.with {
      var settings = try await Self.pooler(of: $0, [], "named")
      let servers = try #require($0.servers)
      settings["DB_USER"] = try servers.value("POSTGRES_SUPERUSER")
      settings["DB_PASS_FILE"] = try servers.value("POSTGRES_PASSWORD_FILE")
      settings["DB_NAME"] = "no_such_database"
      settings["DB_MAX_RETRIES"] = "1"
      return settings
    } _: { service in
      #expect(try await service.started.ends())
      #expect(service.started.err.contains("127.0.0.1:"))
      #expect(service.started.err.contains("no_such_database"))
      try await Self.stopPooler(of: service.deployment)
    }
  }

  @Test func `a migration refuses to run where connections keep no session`() async throws {
    try await Deployment.with(.servers) { deployment in
      var variables = deployment.environment
      variables["DB_PREPARED_STATEMENTS"] = "off"
      let output = try await Program.run(
        Program.named("bulkhead"), ["migrate", "up"], environment: variables, in: deployment.folder)
      #expect(output.status == 1)
      #expect(output.err.contains("DB_PREPARED_STATEMENTS=off"))
    }
  }

  @Test func `a replaced password file is used without a restart, and until then the answer is 503`()
    async throws
  {
    try await ServiceBehindServers.with { service in
      try await service.readiness(becomes: 200)
      let client = try await service.member()
      let file = service.deployment.credential("backend-api-rw")
      let before = try String(contentsOfFile: file, encoding: .utf8)
      let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'backend-api-rw'"
      let changed = try await service.deployment.psql(
        as: "migrate-admin", "ALTER ROLE \"backend-api-rw\" PASSWORD 'another one'")
      #expect(changed.status == 0, "\(changed.err)")
      _ = try await service.deployment.psql(
        as: "migrate-admin", "GRANT \"backend-api-rw\" TO \"migrate-admin\"")
      let ended = try await service.deployment.psql(as: "migrate-admin", end)
      #expect(ended.status == 0, "\(ended.err)")
      try await service.readiness(becomes: 503)
      for _ in 0..<20 {
        let answer = try await client.send(.get, "/v1/settings")
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] != nil)
      }
      #expect(service.started.err.contains("database password refused"))
      try "another one".write(toFile: file, atomically: true, encoding: .utf8)
      try await service.readiness(becomes: 200)
      // The probe has its own connection; the pools follow after their pause.
      try await eventually("requests are answered again") {
        try await client.send(.get, "/v1/settings").status == 200
      }
      #expect(!service.started.err.contains("another one"))
      #expect(!service.started.err.contains(before.trimmingCharacters(in: .newlines)))
    }
  }

  @Test func `a server that becomes read-only answers 503, says why, and recovers without a restart`()
    async throws
  {
    try await ServiceBehindServers.with { service in
      try await service.readiness(becomes: 200)
      let client = try await service.member()
      let server = service.deployment.folder.appendingPathComponent("postgresql").path
      let demoted = try await Self.script(service.deployment, ["demote", server])
      #expect(demoted.status == 0, "\(demoted.err)")
      try await service.readiness(becomes: 503)
      let refused = try await client.send(.put, "/v1/settings/a", ["value": 1])
      #expect(refused.status == 503)
      #expect(refused.headers["Retry-After"] != nil)
      let report = try await eventually {
        try await service.client.send(.get, "/readyz").text.contains("read-only")
      }
      #expect(report)
      #expect(service.started.err.contains("is read-only (standby or default_transaction_read_only)"))
      let promoted = try await Self.script(service.deployment, ["promote", server])
      #expect(promoted.status == 0, "\(promoted.err)")
      try await service.readiness(becomes: 200)
      let written = try await client.send(.put, "/v1/settings/a", ["value": 1])
      #expect(written.status == 201 || written.status == 200)
    }
  }
}

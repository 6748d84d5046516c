import Foundation
import TestSupport
import Testing

/// Passwords change under a fleet that serves requests.
@Suite(.serialized) struct RotationTests {
  private static let kills = 10
  private static let deliverySeconds = 4
  private static let delayMilliseconds = 3_000

  @Test func `no request fails while every password rotates, is rotated by killed runs, and arrives later`()
    async throws
  {
    try await FleetUnderTest.with(.servers) { fleet in
      let credentials = fleet.folder.appendingPathComponent(".bulkhead/credentials")
      let first = try Self.passwords(in: credentials)
      let load = try await RequestLoad(fleet)
      let report = try await load.during {
        try await Self.rotateWithKills(fleet)
        let second = try Self.passwords(in: credentials)
        #expect(Self.isRotated(first, second))
        try await Self.rotateWithDelay(fleet, credentials)
        #expect(Self.isRotated(second, try Self.passwords(in: credentials)))
      }
      #expect(report.failures.isEmpty, "\(report.failures.count): \(report.failures.prefix(20))")
      #expect(report.answered > 50 * Int(report.seconds), "\(report.answered) in \(report.seconds) s")
      for member in ["analytics-rollup", "backend-api", "connector"] {
        #expect(fleet.errors(of: member).isEmpty)
      }
      let verified = try await fleet.bulkhead("access", "verify")
      #expect(verified.status == 0, "\(verified.out)")
    }
  }

  /// Each killed run leaves an engine that matches the manifest, and the next run goes on.
  private static func rotateWithKills(_ fleet: FleetUnderTest) async throws {
    for number in 0..<kills {
      let run = try Started(
        Program.named("bulkhead"), ["access", "rotate", "--all"],
        environment: fleet.deployment.environment, in: fleet.folder)
      try await Task.sleep(for: .milliseconds(Int.random(in: 50...1_800)))
      run.kill()
      #expect(try await run.ends(within: 10))
      let answer = try await fleet.bulkhead("access", number % 2 == 0 ? "verify" : "apply")
      #expect(answer.status == 0 && !answer.out.contains("applied"), "\(answer.out) \(answer.err) \(run.err)")
    }
    let completed = try await fleet.bulkhead("access", "rotate", "--all")
    #expect(completed.status == 0, "\(completed.err)")
  }

  /// The services' files follow those of the tool seconds later.
  private static func rotateWithDelay(_ fleet: FleetUnderTest, _ credentials: URL) async throws {
    let own = fleet.folder.appendingPathComponent("operator")
    try FileManager.default.copyItem(at: credentials, to: own)
    let folder = DelayedFolder(source: own, target: credentials, delayMilliseconds: delayMilliseconds)
    let following = Task { try await folder.follow() }
    let output = try await fleet.deployment.bulkhead(
      ["access", "rotate", "--all", "--delivery", "\(deliverySeconds)"], with: ["CREDENTIALS_DIR": own.path])
    #expect(output.status == 0, "\(output.err)")
    // The services end their sessions themselves: the tool has none to end in the database.
    let ended = output.err.split(separator: "\n").filter { $0.contains("ended") && !$0.contains("cache") }
    #expect(ended.isEmpty, "\(ended)")
    try await eventually("the files have arrived") {
      (try? Self.passwords(in: own)) == (try? Self.passwords(in: credentials))
    }
    following.cancel()
  }

  @Test func `a session of a stolen password ends, and the password is refused`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let servers = try #require(deployment.servers)
      let file = deployment.credential("connector-rw")
      let stolen = try String(contentsOfFile: file, encoding: .utf8)
      let session = try Started(
        URL(fileURLWithPath: try servers.value("POSTGRES_PSQL")),
        ["--no-psqlrc", "--command", "SET statement_timeout = 0", "--command", "SELECT pg_sleep(120)"],
        environment: [
          "PGHOST": try servers.value("POSTGRES_HOST"), "PGPORT": try servers.value("POSTGRES_PORT"),
          "PGDATABASE": "app_db", "PGUSER": "connector-rw", "PGPASSWORD": stolen,
        ], in: deployment.folder)
      try await eventually("the session runs") {
        let query =
          "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep%' AND pid <> pg_backend_pid()"
        return try await deployment.superuser(of: servers, query).hasPrefix("1")
      }
      let output = try await deployment.bulkhead(["access", "rotate", "connector-rw", "--drain", "1"])
      #expect(output.status == 0 && output.err.contains("ended 1 session"), "\(output.err)")
      #expect(try await session.ends(within: 10))
      #expect(session.err.contains("terminating connection"))
      #expect(!output.err.contains(stolen) && !output.out.contains(stolen))
      let login = try await deployment.psql(as: "connector-rw", "SELECT 1")
      #expect(login.status == 0)
      try stolen.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(
        try await deployment.psql(as: "connector-rw", "SELECT 1").err.contains("password authentication"))
    }
  }

  @Test func `one step at a time leaves files that say how to go on, and both passwords work`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let file = deployment.credential("analytics-cache")
      let words = ["next", "former", nil] as [String?]
      for word in words {
        try await deployment.succeed(["access", "rotate", "analytics-cache", "analytics-ro", "--step"])
        for account in ["analytics-cache", "analytics-ro"] {
          let lines = try String(contentsOfFile: deployment.credential(account), encoding: .utf8)
            .split(separator: "\n")
          #expect(lines.count == (word == nil ? 1 : 2))
          if let word { #expect(lines.last?.hasPrefix(word + " ") == true) }
        }
        let plan = try await deployment.bulkhead(["access", "plan"])
        #expect(plan.status == 0, "\(plan.out)")
      }
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func `the administrators rotate too, while the tool itself uses them`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let files = ["migrate-admin", "cache-admin"].map(deployment.credential)
      let before = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
      // A password from elsewhere would be wrong afterwards, and lock the tool out.
      let elsewhere = deployment.folder.appendingPathComponent("elsewhere").path
      try before[1].write(toFile: elsewhere, atomically: true, encoding: .utf8)
      let refused = try await deployment.bulkhead(
        ["access", "rotate", "cache-admin"], with: ["CACHE_PASS_FILE": elsewhere])
      #expect(refused.status == 1)
      #expect(refused.err.contains("CACHE_PASS_FILE gives the password of cache-admin"), "\(refused.err)")
      let output = try await deployment.bulkhead(["access", "rotate", "migrate-admin", "cache-admin"])
      #expect(output.status == 0, "\(output.err)")
      for (file, old) in zip(files, before) {
        let new = try String(contentsOfFile: file, encoding: .utf8)
        #expect(new != old && !new.contains("\n"))
      }
      let verified = try await deployment.bulkhead(["access", "verify"])
      #expect(verified.status == 0, "\(verified.out) \(verified.err)")
    }
  }

  @Test func `a second rotation of the same folder is refused while one runs`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let first = try Started(
        Program.named("bulkhead"), ["access", "rotate", "connector-rw", "--delivery", "60"],
        environment: deployment.environment, in: deployment.folder)
      try await eventually("it waits") { first.err.contains("waiting") }
      let second = try await deployment.bulkhead(["access", "rotate", "connector-rw"])
      first.kill()
      #expect(second.status == 1 && second.err.contains("another rotation"), "\(second.err)")
      let unknown = try await deployment.bulkhead(["access", "rotate", "unknown-rw"])
      #expect(unknown.status == 1 && unknown.err.contains("no account 'unknown-rw'"))
      _ = try await first.ends(within: 10)
    }
  }

  // MARK: Files

  private static func passwords(in folder: URL) throws -> [String: String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasPrefix(".") }
    return try names.reduce(into: [:]) { found, name in
      found[name] = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }
  }

  /// Whether every account but the administrators has another password, and one alone.
  private static func isRotated(_ before: [String: String], _ after: [String: String]) -> Bool {
    after.allSatisfy { name, password in
      name.hasSuffix("-admin") || (password != before[name] && !password.contains("\n"))
    }
  }
}

extension FleetTests {
  @Suite struct EmbeddedRotationTests {
    @Test func `the embedded engines have no password to rotate, and serve on`() async throws {
      let fleet = try FleetTrait.fleet(.embedded)
      let client = fleet.api.with(token: try await fleet.member("rotation").token)
      let output = try await fleet.bulkhead("access", "rotate", "--all")
      #expect(output.status == 0 && output.out.contains("checks no password"), "\(output.out)\(output.err)")
      #expect(try await client.send(.get, "/v1/settings").status == 200)
    }
  }
}

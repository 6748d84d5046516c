import Foundation
import TestSupport
import Testing

extension DeploymentTests {
  /// Rotations of single accounts, without a fleet.
  @Suite struct RotationToolTests {
    @Test func `a session of a stolen password ends, and the password is refused`() async throws {
      let deployment = try Deployment.shared()
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
      #expect(try await session.ends())
      #expect(session.err.contains("terminating connection"))
      #expect(!output.err.contains(stolen) && !output.out.contains(stolen))
      let login = try await deployment.psql(as: "connector-rw", "SELECT 1")
      #expect(login.status == 0)
      let rotated = try String(contentsOfFile: file, encoding: .utf8)
      try Self.replace(file, with: stolen)
      #expect(
        try await deployment.psql(as: "connector-rw", "SELECT 1").err.contains("password authentication"))
      try Self.replace(file, with: rotated)
    }

    /// The tool refuses a file that others may read.
    private static func replace(_ file: String, with text: String) throws {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    }

    @Test func `one step at a time leaves files that say how to go on, and both passwords work`() async throws
    {
      let deployment = try Deployment.shared()
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

    @Test func `the administrators rotate too, while the tool itself uses them`() async throws {
      let deployment = try Deployment.shared()
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

    @Test func `a rotation at a replica changes nothing, and one beside replicas names them`() async throws {
      let deployment = try Deployment.shared()
      let cache = try await CacheAdministrator(of: deployment)
      let file = deployment.credential("analytics-cache")
      let before = try String(contentsOfFile: file, encoding: .utf8)
      try await cache.run(["REPLICAOF", "127.0.0.1", "1"])
      let refused = try await deployment.bulkhead(["access", "rotate", "analytics-cache"])
      try await cache.run(["REPLICAOF", "NO", "ONE"])
      #expect(refused.status == 1 && refused.err.contains("a replica of 127.0.0.1:1"), "\(refused.err)")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == before)

      let replica = try cache.startReplica()
      defer { replica.kill() }
      try await eventually("the server has a replica") {
        try await deployment.bulkhead(["access", "verify"]).out.contains("the replica 127.0.0.1:")
      }
      let output = try await deployment.bulkhead(["access", "rotate", "analytics-cache"])
      #expect(
        output.status == 2 && output.out.contains("still good on the replica 127.0.0.1:"), "\(output.out)")
      let json = try await deployment.bulkhead(["access", "rotate", "analytics-cache", "--json"])
      #expect(json.status == 2 && json.out.contains("\"otherServers\":[\"the replica "), "\(json.out)")
      // It removes the superuser of this test too.
      try await deployment.succeed(["access", "apply"])
      try await deployment.succeed(["access", "verify"])
    }

    @Test func `a second rotation of the same folder is refused while one runs`() async throws {
      let deployment = try Deployment.shared()
      let first = try Started(
        Program.named("bulkhead"), ["access", "rotate", "connector-rw", "--delivery", "60"],
        environment: deployment.environment, in: deployment.folder)
      try await eventually("it waits") { first.err.contains("waiting") }
      let second = try await deployment.bulkhead(["access", "rotate", "connector-rw"])
      first.kill()
      #expect(second.status == 1 && second.err.contains("another rotation"), "\(second.err)")
      let unknown = try await deployment.bulkhead(["access", "rotate", "unknown-rw"])
      #expect(unknown.status == 1 && unknown.err.contains("no account 'unknown-rw'"))
      #expect(try await first.ends())
      try await deployment.succeed(["access", "rotate", "connector-rw"])
    }
  }
}

import Foundation
import JSON
import TestSupport
import Testing

/// The tool and the services on MariaDB, under accounts that the test makes by hand.
@Suite struct MariaDBTests {
  /// A MariaDB with the database `app_db` and its administrator.
  private func withDatabase(_ body: (Deployment) async throws -> Void) async throws {
    let deployment = try await Deployment.start(.mariadb, bootstraps: false)
    do {
      try await deployment.mariadb(["CREATE DATABASE app_db"])
      try await deployment.makeAccount("migrate-admin", ["ALL ON app_db.*", "PROCESS ON *.*"])
      try await body(deployment)
    } catch {
      await deployment.stop()
      throw error
    }
    await deployment.stop()
  }

  @Test func `migrations run up and down, and the live schema is compared`() async throws {
    try await withDatabase { deployment in
      try await deployment.succeed(["migrate", "up"])
      for command in ["status", "check"] {
        let output = try await deployment.bulkhead(["migrate", command])
        #expect(output.status == 0, "\(output.out)\(output.err)")
      }
      try await deployment.mariadb([
        "USE app_db", "ALTER TABLE users MODIFY confirmed_at datetime(6) NOT NULL",
      ])
      let changed = try await deployment.bulkhead(["migrate", "check"])
      #expect(changed.status == 2)
      #expect(changed.out.contains("users.confirmed_at: NOT NULL is not declared"), "\(changed.out)")
      try await deployment.succeed(["migrate", "down", "--to", "0"])
      try await deployment.succeed(["migrate", "up"])
      let script = try await deployment.bulkhead(["migrate", "sql"])
      #expect(script.status == 0 && script.out.contains("AUTO_INCREMENT"))
    }
  }

  @Test func `a member signs up, signs in and keeps settings, and the service outlives a killed server`()
    async throws
  {
    try await withDatabase { deployment in
      try await deployment.succeed(["migrate", "up"])
      try await deployment.makeAccount(
        "backend-api-rw",
        ["SELECT ON app_db.schema_migrations", "INSERT ON app_db.events"]
          + ["users", "sessions", "settings"].map { "SELECT, INSERT, UPDATE, DELETE ON app_db.\($0)" })
      try await ServiceBehindServers.run(on: deployment) { service in
        try await service.readiness(becomes: 200)
        let member = try await service.member()
        let saved = try await member.send(.put, "/v1/settings/theme", ["value": "dark"])
        #expect(saved.status == 201 || saved.status == 200, "\(saved.text)")
        let servers = try #require(deployment.servers)
        try await servers.kill("mariadb")
        try await service.readiness(becomes: 503)
        try await servers.restart("mariadb")
        try await service.readiness(becomes: 200)
        let read = try await member.send(.get, "/v1/settings/theme")
        #expect(read.status == 200 && read.text.contains("dark"), "\(read.text)")
        let who = try await member.send(.get, "/v1/whoami")
        #expect(who.text.contains("backend-api-rw"), "\(who.text)")
      }
    }
  }

  @Test func `a service refuses an account that may drop its tables`() async throws {
    try await withDatabase { deployment in
      try await deployment.succeed(["migrate", "up"])
      try await deployment.makeAccount("backend-api-rw", ["ALL ON app_db.*"])
      try await ServiceBehindServers.run(on: deployment) { service in
        let hasEnded = try await service.started.ends(within: 60)
        #expect(hasEnded)
        #expect(service.started.status != 0)
        #expect(service.started.err.contains("backend-api-rw"), "\(service.started.err)")
      }
    }
  }
}

extension Deployment {
  /// Runs statements as the superuser of the MariaDB. The file with the password is for the server's client alone.
  fileprivate func mariadb(_ statements: [String]) async throws {
    guard let servers else { throw Program.Failure("the deployment has no server") }
    let password = try String(contentsOfFile: try servers.value("MARIADB_PASSWORD_FILE"), encoding: .utf8)
    let output = try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      [
        "mariadb", "--no-defaults", "--host", try servers.value("MARIADB_HOST"), "--port",
        try servers.value("MARIADB_PORT"), "--user", try servers.value("MARIADB_SUPERUSER"), "--execute",
        statements.joined(separator: "; "),
      ],
      environment: [
        "MYSQL_PWD": password.trimmingCharacters(in: .whitespacesAndNewlines), "PATH": "/usr/bin:/bin",
      ], in: folder)
    guard output.status == 0 else { throw Program.Failure("mariadb: \(output.err)") }
  }

  /// Creates an account with a credential file and these grants.
  fileprivate func makeAccount(_ name: String, _ grants: [String]) async throws {
    let password = UUID().uuidString
    let file = URL(fileURLWithPath: credential(name))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    try password.write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    try await mariadb(
      ["CREATE USER `\(name)`@'127.0.0.1' IDENTIFIED BY '\(password)'"]
        + grants.map { "GRANT \($0) TO `\(name)`@'127.0.0.1'" })
  }
}

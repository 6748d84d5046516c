import Foundation
import JSON
import TestSupport
import Testing

/// The tool and the services on MariaDB.
@Suite struct MariaDBTests {
  @Test func `rights are made, checked, rotated and rendered, and a killed proof leaves nothing`()
    async throws
  {
    try await Deployment.with(.mariadb, prepared: true) { deployment in
      #expect(try await deployment.bulkhead(["access", "plan"]).status == 0)
      try await Self.killProof(on: deployment)
      try await deployment.mariadb(["GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`"])
      for command in ["verify", "plan", "prove"] {
        let output = try await deployment.bulkhead(["access", command])
        #expect(
          output.status == 2 && output.out.contains("settings"), "\(command): \(output.out)\(output.err)")
      }
      try await deployment.succeed(["access", "apply"])
      try await deployment.succeed(["access", "prove"])
      let before = try String(contentsOfFile: deployment.credential("analytics-ro"), encoding: .utf8)
      try await deployment.succeed(["access", "rotate", "--all"])
      #expect(try String(contentsOfFile: deployment.credential("analytics-ro"), encoding: .utf8) != before)
      try await deployment.succeed(["access", "verify"])
      try await deployment.expectNoPersons()
      let rendered = try await deployment.bulkhead(["access", "render", "sql"])
      #expect(
        rendered.status == 0 && rendered.out.contains("CREATE USER `analytics-ro`@`%`"), "\(rendered.out)")
      try await Self.run(rendered.out, on: deployment)
      try await deployment.succeed(["access", "verify"])
    }
  }

  @Test func `a server that refuses the administrator makes the tool name bootstrap, which mends it`()
    async throws
  {
    try await Deployment.with(.mariadb, prepared: true) { deployment in
      try await deployment.mariadb(["CREATE USER `migrate-admin`@'127.0.0.1' IDENTIFIED BY 'x'"])
      for command in ["verify", "plan", "apply"] {
        let output = try await deployment.bulkhead(["access", command])
        let words = output.out + output.err
        #expect(output.status == 1 && words.contains("run `bulkhead bootstrap`"), "\(command): \(words)")
      }
      let servers = try #require(deployment.servers)
      let output = try await Program.run(
        Program.named("bulkhead"), ["bootstrap"], environment: try deployment.bootstrapVariables(servers),
        in: deployment.folder)
      #expect(output.status == 0 && output.out.contains("DROP USER"), "\(output.out)\(output.err)")
      try await deployment.succeed(["access", "apply"])
      try await deployment.succeed(["access", "verify"])
    }
  }

  @Test func `an apply that a signal stops unlocks the account that it kept out`() async throws {
    try await Deployment.with(.mariadb, prepared: true) { deployment in
      let view = "app_db.`platform_integrations$twitch-trigger`"
      try await deployment.mariadb(["ALTER VIEW \(view) AS SELECT * FROM app_db.platform_integrations"])
      let holder = Task {
        try? await deployment.mariadb(["BEGIN; SELECT count(*) FROM \(view); SELECT sleep(300)"])
      }
      try await eventually("the view is held") { try await !Self.sleeper(on: deployment).isEmpty }
      let command = try Started(
        Program.named("bulkhead"), ["access", "apply"], environment: deployment.environment,
        in: deployment.folder)
      try await eventually("the account is kept out: \(command.err)") {
        try await Self.isLocked("twitch-trigger", on: deployment)
      }
      command.send(SIGINT)
      #expect(try await command.ends())
      #expect(command.status == 128 + SIGINT, "\(command.out)\(command.err)")
      #expect(try await !Self.isLocked("twitch-trigger", on: deployment), "\(command.err)")
      try await deployment.mariadb(["KILL \(try await Self.sleeper(on: deployment))"])
      _ = await holder.value
      try await deployment.succeed(["access", "apply"])
      try await deployment.succeed(["access", "verify"])
    }
  }

  /// The session that sleeps; empty without one.
  private static func sleeper(on deployment: Deployment) async throws -> String {
    try await deployment.mariadb([
      "SELECT id FROM information_schema.processlist WHERE info = 'SELECT sleep(300)'"
    ]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func isLocked(_ account: String, on deployment: Deployment) async throws -> Bool {
    try await deployment.mariadb([
      "SELECT coalesce(JSON_VALUE(Priv, '$.account_locked'), '') FROM mysql.global_priv WHERE User = '\(account)'"
    ]).contains("1")
  }

  /// The rendered text makes the rights of a database from which all of them were taken; the passwords are left to it.
  private static func run(_ sql: String, on deployment: Deployment) async throws {
    let accounts = ["analytics-ro", "twitch-trigger"].map { "`\($0)`@`%`" }
    try await deployment.mariadb([
      "REVOKE ALL PRIVILEGES, GRANT OPTION FROM \(accounts.joined(separator: ", "))",
      "DROP VIEW app_db.`events$twitch-trigger`",
    ])
    #expect(try await deployment.bulkhead(["access", "verify"]).status == 2)
    let statements = sql.split(separator: "\n").filter {
      !$0.hasPrefix("--") && !$0.hasPrefix("CREATE USER")
    }
    try await deployment.mariadb(
      ["SET sql_mode = 'NO_BACKSLASH_ESCAPES'"] + statements.map { String($0.dropLast()) })
  }

  /// Ends a proof with SIGKILL while its rows are in the tables: the server removes them, and ends its sessions.
  private static func killProof(on deployment: Deployment) async throws {
    let rows = "SELECT count(*) FROM app_db.platform_integrations WHERE channel LIKE 'bulkhead-probe-%'"
    var isKilled = false
    for _ in 0..<5 where !isKilled {
      let proof = try Started(
        Program.named("bulkhead"), ["access", "prove"], environment: deployment.environment,
        in: deployment.folder)
      while proof.isRunning, !isKilled { isKilled = try await deployment.mariadb([rows]) != "0\n" }
      proof.kill()
      #expect(try await proof.ends())
    }
    #expect(isKilled, "no look at the tables found the proof's rows")
    try await eventually("the server has removed the rows and ended the sessions") {
      let sessions = "SELECT count(*) FROM information_schema.processlist WHERE user = 'migrate-admin'"
      let left = [try await deployment.mariadb([rows]), try await deployment.mariadb([sessions])]
      return left == ["0\n", "0\n"]
    }
  }

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
      try await deployment.succeed(["migrate", "down", "--to", "0", "--yes"])
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
        ["SELECT ON app_db.schema_migrations", "INSERT ON app_db.events", "INSERT ON app_db.audit_log"]
          + ["users", "sessions", "settings", "user_tokens", "backend_idempotency_keys"].map {
            "SELECT, INSERT, UPDATE, DELETE ON app_db.\($0)"
          })
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
        let hasEnded = try await service.started.ends()
        #expect(hasEnded)
        #expect(service.started.status != 0)
        #expect(service.started.err.contains("backend-api-rw"), "\(service.started.err)")
      }
    }
  }
}

extension Deployment {
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

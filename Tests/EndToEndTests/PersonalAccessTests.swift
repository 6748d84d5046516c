import Foundation
import TestSupport
import Testing

extension DeploymentTests {
  /// Logins of persons for a time.
  @Suite struct PersonalAccessTests {
    private static func open(
      _ person: String, _ rights: [String], _ deployment: Deployment, reason: String = "incident 42"
    ) async throws -> Program.Output {
      try await deployment.bulkhead(
        ["access", "open", person] + rights + [
          "--for", "1h", "--reason", reason, "--password-file", deployment.credential(person),
        ])
    }

    @Test func `a person has the rights of an account until the engine ends the login, and apply removes it`()
      async throws
    {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      let opened = try await Self.open("ada", ["--like", "twitch-trigger"], deployment)
      #expect(opened.status == 0 && opened.out.contains("ada is open until"), "\(opened.err)")
      #expect(opened.err.contains("access opened") && opened.err.contains("incident 42"), "\(opened.err)")
      let password = try String(contentsOfFile: deployment.credential("ada"), encoding: .utf8)
      #expect(!(opened.out + opened.err).contains(password.trimmingCharacters(in: .newlines)))
      let attributes = try FileManager.default.attributesOfItem(atPath: deployment.credential("ada"))
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(try await deployment.psql(as: "ada", "SELECT count(*) FROM platform_integrations").status == 0)
      #expect(try await deployment.psql(as: "ada", "SELECT * FROM users").err.contains("permission denied"))
      for command in ["verify", "plan", "apply"] {
        let answer = try await deployment.bulkhead(["access", command])
        #expect(
          answer.status == 0 && !answer.out.contains("applied"), "\(command): \(answer.out) \(answer.err)")
        if command == "verify" { #expect(answer.out.contains("remark: ada is open until"), "\(answer.out)") }
      }
      try await Self.expectEnd(of: "ada", deployment, servers)
    }

    /// Starts a session that keeps what a statement locks, without a limit of time.
    private static func hold(
      _ lock: String, as person: String, _ deployment: Deployment, _ servers: ServersUnderTest
    ) async throws -> Started {
      let statements = [
        "SET statement_timeout = 0", "SET idle_in_transaction_session_timeout = 0", "BEGIN",
        lock, "SELECT pg_sleep(120)",
      ]
      let session = try Started(
        URL(fileURLWithPath: try servers.value("POSTGRES_PSQL")),
        ["--no-psqlrc"] + statements.flatMap { ["--command", $0] },
        environment: [
          "PGHOST": try servers.value("POSTGRES_HOST"), "PGPORT": try servers.value("POSTGRES_PORT"),
          "PGDATABASE": "app_db", "PGUSER": person,
          "PGPASSWORD": try String(contentsOfFile: deployment.credential(person), encoding: .utf8)
            .trimmingCharacters(in: .newlines),
        ], in: deployment.folder)
      try await eventually("the session holds the table") {
        let query = "SELECT count(*) FROM pg_stat_activity WHERE usename = '\(person)' AND query ~ 'sleep'"
        return try await deployment.superuser(of: servers, query).hasPrefix("1")
      }
      return session
    }

    private static func expectEnd(
      of person: String, _ deployment: Deployment, _ servers: ServersUnderTest
    ) async throws {
      _ = try await deployment.superuser(of: servers, "ALTER ROLE \(person) VALID UNTIL 'yesterday'")
      let named = try await deployment.bulkhead(["access", "verify"])
      #expect(named.status == 2 && named.out.contains("the access of \(person) ended at "), "\(named.out)")
      #expect(named.out.contains("(like twitch-trigger: incident 42), and its login remains"), "\(named.out)")
      // A lock of the person must not keep the end of the person waiting.
      _ = try await deployment.superuser(of: servers, "ALTER ROLE \(person) VALID UNTIL 'tomorrow'")
      let session = try await hold("LOCK TABLE platform_integrations", as: person, deployment, servers)
      _ = try await deployment.superuser(of: servers, "ALTER ROLE \(person) VALID UNTIL 'yesterday'")
      let refused = try await deployment.psql(as: person, "SELECT 1")
      #expect(refused.status != 0 && refused.err.contains("password authentication failed"))
      // The end is logged, although what follows fails.
      _ = try await deployment.superuser(of: servers, "ALTER TABLE rollups RENAME TO rollups_away")
      let failed = try await deployment.bulkhead(["access", "apply"])
      _ = try await deployment.superuser(of: servers, "ALTER TABLE rollups_away RENAME TO rollups")
      #expect(failed.status == 1, "\(failed.out) \(failed.err)")
      #expect((failed.out + failed.err).contains("tables are missing (rollups)"), "\(failed.err)")
      for word in ["access ended", person, "like twitch-trigger", "incident 42"] {
        #expect(failed.err.contains(word), "\(failed.err)")
      }
      #expect(try await session.ends())
      let applied = try await deployment.bulkhead(["access", "apply"])
      #expect(applied.status == 0, "\(applied.out) \(applied.err)")
      #expect(!applied.err.contains("access ended"), "\(applied.err)")
      try await expectGone(person, deployment, servers)
    }

    private static func expectGone(
      _ person: String, _ deployment: Deployment, _ servers: ServersUnderTest
    ) async throws {
      try FileManager.default.removeItem(atPath: deployment.credential(person))
      let left = try await deployment.superuser(
        of: servers, "SELECT count(*) FROM pg_roles WHERE rolname = '\(person)'")
      #expect(left.hasPrefix("0"))
      let verified = try await deployment.bulkhead(["access", "verify"])
      let words = verified.out.split { " \n".contains($0) }
      #expect(verified.status == 0 && !words.contains(person[...]), "\(verified.out)")
    }

    @Test func `a closed login is gone with its sessions, and has only the verbs that were given`()
      async throws
    {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      let opened = try await Self.open(
        "bob", ["--grants", "users:select;integrations:select,update"], deployment)
      #expect(opened.status == 0, "\(opened.err)")
      #expect(try await deployment.psql(as: "bob", "SELECT count(*) FROM users").status == 0)
      #expect(try await deployment.psql(as: "bob", "DELETE FROM users").err.contains("permission denied"))
      #expect(
        try await deployment.psql(as: "bob", "SELECT * FROM sessions").err.contains("permission denied"))
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 0)
      // A membership that the administrator may not revoke keeps nothing open.
      _ = try await deployment.superuser(of: servers, "GRANT pg_monitor, pg_write_all_data TO bob")
      let session = try await Self.hold("LOCK TABLE integrations", as: "bob", deployment, servers)
      let closed = try await deployment.bulkhead(["access", "close", "bob"])
      #expect(closed.status == 0 && closed.out.contains("bob is closed"), "\(closed.err)")
      #expect(closed.err.contains("access ended") && closed.err.contains("incident 42"), "\(closed.err)")
      #expect(try await session.ends())
      try await Self.expectGone("bob", deployment, servers)
      let again = try await deployment.bulkhead(["access", "close", "bob"])
      #expect(again.status == 1 && again.err.contains("no access that `access open` gave"), "\(again.err)")
    }

    @Test
    func `a person whose role must stay has neither login, session nor password, and the rest is reported`()
      async throws
    {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      #expect(try await Self.open("eve", ["--like", "analytics-ro"], deployment).status == 0)
      _ = try await deployment.superuser(of: servers, "GRANT pg_monitor TO eve")
      for sql in ["CREATE TABLE kept ()", "ALTER TABLE kept OWNER TO eve"] {
        _ = try await deployment.superuser(of: servers, in: "postgres", sql)
      }
      let closed = try await deployment.bulkhead(["access", "close", "eve"])
      #expect(closed.status == 2 && closed.out.contains("The role remains:"), "\(closed.out)\(closed.err)")
      #expect(closed.out.contains("DROP ROLE \"eve\"; -- needs a superuser"), "\(closed.out)")
      #expect(closed.out.contains("DROP OWNED BY"), "\(closed.out)")
      let left = """
        SELECT concat(rolcanlogin, rolpassword IS NULL, has_table_privilege('eve', 'events', 'SELECT')) \
        FROM pg_authid WHERE rolname = 'eve'
        """
      #expect(try await deployment.superuser(of: servers, left).hasPrefix("ftf"))
      let named = try await deployment.bulkhead(["access", "verify"])
      #expect(named.out.contains("the access of eve was closed (like analytics-ro: "), "\(named.out)")
      _ = try await deployment.superuser(of: servers, in: "postgres", "DROP TABLE kept")
      let again = try await deployment.bulkhead(["access", "close", "eve"])
      #expect(again.status == 0 && again.out.contains("eve is closed"), "\(again.out)\(again.err)")
      #expect(closed.err.contains("access ended") && !again.err.contains("access ended"), "\(again.err)")
      try await Self.expectGone("eve", deployment, servers)
    }

    @Test func `a person who was made a superuser is still open, and the remedy is named`() async throws {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      #expect(try await Self.open("max", ["--like", "analytics-ro"], deployment).status == 0)
      _ = try await deployment.superuser(of: servers, "ALTER ROLE max SUPERUSER")
      let refused = try await deployment.bulkhead(["access", "close", "max"])
      #expect(refused.status == 1 && refused.err.contains("max is still open"), "\(refused.err)")
      _ = try await deployment.superuser(of: servers, "ALTER ROLE max VALID UNTIL 'yesterday'")
      let applied = try await deployment.bulkhead(["access", "apply"])
      #expect(applied.status == 2, "\(applied.out) \(applied.err)")
      #expect(!(refused.err + applied.err).contains("access ended"), "\(applied.err)")
      let remedy = "ALTER ROLE \"max\" NOSUPERUSER NOLOGIN PASSWORD NULL"
      #expect(refused.err.contains(remedy), "\(refused.err)")
      _ = try await deployment.superuser(of: servers, remedy)
      #expect(try await deployment.bulkhead(["access", "close", "max"]).status == 0)
      try await Self.expectGone("max", deployment, servers)
    }

    @Test func `wrong uses open nothing and leave no password file`() async throws {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      for rights in [
        ["--like", "unknown-rw"], ["--grants", "users:read"], ["--grants", "strangers:select"], [],
        ["--like", "analytics-ro", "--grants", "users:select"],
      ] {
        let answer = try await Self.open("carol", rights, deployment)
        #expect(answer.status != 0, "\(rights)")
        #expect(!FileManager.default.fileExists(atPath: deployment.credential("carol")))
      }
      let lines = try await Self.open("carol", ["--like", "analytics-ro"], deployment, reason: "a\nb")
      #expect(lines.status == 64)
      let service = try await deployment.bulkhead([
        "access", "open", "connector-rw", "--like", "analytics-ro", "--for", "1h", "--reason", "x",
        "--password-file", deployment.folder.appendingPathComponent("p").path,
      ])
      #expect(service.status == 1 && service.err.contains("choose the person's own name"), "\(service.err)")
      let piped = try await deployment.bulkhead([
        "access", "open", "carol", "--like", "analytics-ro", "--for", "1h", "--reason", "x",
      ])
      #expect(piped.status == 1 && piped.err.contains("no terminal"))
      // No file may grow, as on a full disk.
      let file = deployment.credential("carol")
      let limited = try await Program.run(
        URL(fileURLWithPath: "/bin/bash"),
        [
          "-c", "(trap '' XFSZ; ulimit -f 0; exec \"$@\") 2>&1 | cat; exit ${PIPESTATUS[0]}", "bash",
          Program.named("bulkhead").path, "access", "open", "carol", "--like", "analytics-ro", "--for", "1h",
          "--reason", "x", "--password-file", file,
        ], environment: deployment.environment, in: deployment.folder)
      #expect(limited.status == 1 && limited.out.contains("cannot write \(file)"), "\(limited.out)")
      #expect(!FileManager.default.fileExists(atPath: file))
      let roles = "SELECT count(*) FROM pg_roles WHERE rolname = 'carol'"
      #expect(try await deployment.superuser(of: servers, roles).hasPrefix("0"))
    }
  }
}

extension Deployment {
  /// The engine ends no login at a time by itself: both commands say so, and no password file is left.
  func expectNoPersons() async throws {
    let file = folder.appendingPathComponent("ada").path
    for words in [
      ["open", "ada", "--like", "analytics-ro", "--for", "1h", "--reason", "INC-7", "--password-file", file],
      ["close", "ada"],
    ] {
      let answer = try await bulkhead(["access"] + words)
      #expect(
        answer.status == 1 && answer.err.contains("ends no login at a time by itself"),
        "\(words): \(answer.out)\(answer.err)")
    }
    #expect(!FileManager.default.fileExists(atPath: file))
  }
}

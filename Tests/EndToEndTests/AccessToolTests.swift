import Foundation
import JSON
import Testing

extension DeploymentTests {
  /// The checks of a security reviewer.
  @Suite struct AccessToolTests {
    @Test
    func
      `a server that lets the administrator into no database makes the tool name bootstrap, which mends it`()
      async throws
    {
      try await Deployment.with(.servers, prepared: true) { deployment in
        let servers = try #require(deployment.servers)
        for change in [
          #"ALTER ROLE "migrate-admin" CONNECTION LIMIT 0"#, "ALTER DATABASE app_db OWNER TO CURRENT_USER",
        ] {
          _ = try await deployment.superuser(of: servers, change)
          let output = try await deployment.bulkhead(["access", "verify"])
          let words = output.out + output.err
          #expect(output.status == 1 && words.contains("run `bulkhead bootstrap`"), "\(change): \(words)")
          let bootstrap = try await Program.run(
            Program.named("bulkhead"), ["bootstrap"], environment: try deployment.bootstrapVariables(servers),
            in: deployment.folder)
          #expect(bootstrap.status == 0, "\(bootstrap.out)\(bootstrap.err)")
          try await deployment.succeed(["access", "verify"])
        }
      }
    }

    @Test func `a grant by hand is reported by verify and prove, and revoked by apply`()
      async throws
    {
      let deployment = try Deployment.shared()
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 0)
      let granted = try await deployment.psql(
        as: "migrate-admin", #"GRANT SELECT (email) ON users TO "analytics-ro""#)
      #expect(granted.status == 0, "\(granted.err)")

      let verified = try await deployment.bulkhead(["access", "verify"])
      #expect(verified.status == 2)
      for word in ["analytics-ro", "users", "email"] { #expect(verified.out.contains(word)) }

      let proved = try await deployment.bulkhead(["access", "prove", "--json"])
      #expect(proved.status == 2)
      let report = try JSONCoding.decode(JSONValue.self, from: Array(proved.out.utf8))
      #expect((report["violations"]?.integer ?? 0) >= 1)
      for word in ["analytics-ro", "users", "email"] { #expect(proved.out.contains(word)) }

      #expect(try await deployment.bulkhead(["access", "plan"]).status == 2)
      #expect(try await deployment.bulkhead(["access", "apply"]).status == 0)
      #expect(try await deployment.bulkhead(["access", "plan"]).status == 0)
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 0)
    }

    @Test func `a command limited to an account changes that one alone, and says what it leaves out`()
      async throws
    {
      let deployment = try Deployment.shared()
      for account in ["analytics-ro", "connector-rw"] {
        _ = try await deployment.psql(as: "migrate-admin", "GRANT SELECT (email) ON users TO \"\(account)\"")
      }
      // The cache is not compared, so that it may be down.
      let only = ["--only", "analytics-ro"]
      let down = ["CACHE_PORT": "1"]
      let verified = try await deployment.bulkhead(["access", "verify"] + only, with: down)
      #expect(verified.status == 2 && verified.out.contains("PostgreSQL: 1 deviation"), "\(verified.out)")
      #expect(verified.out.contains("left out by --only: 1 deviation (connector-rw 1)"), "\(verified.out)")
      #expect(verified.out.contains("cache: left out by --only"))
      let proved = try await deployment.bulkhead(["access", "prove", "--json"] + only, with: down)
      #expect(proved.status == 2)
      let report = try JSONCoding.decode(JSONValue.self, from: Array(proved.out.utf8))
      #expect(report["cache_cells"]?.integer == 0)
      #expect(report["left_out"]?.array?.contains("connector-rw") == true)
      #expect(report["left_out"]?.array?.contains("analytics-ro") == false)

      let applied = try await deployment.bulkhead(["access", "apply", "--json"] + only, with: down)
      #expect(applied.status == 0, "\(applied.out)\(applied.err)")
      let engines = try JSONCoding.decode(JSONValue.self, from: Array(applied.out.utf8)).array ?? []
      #expect(engines.first?["outcome"]?["done"]?.array?.count == 1)
      #expect(engines.first?["left_out"]?["connector-rw"]?.integer == 1)
      #expect(engines.last?["skipped"] == true && engines.last?["engine"]?.string == "cache")
      #expect(try await deployment.bulkhead(["access", "plan"] + only).status == 0)
      let limited = try await deployment.bulkhead(["access", "prove"] + only)
      #expect(limited.status == 0)
      #expect(limited.out.contains("0 violations among the chosen accounts; "), "\(limited.out)")
      #expect(limited.out.contains("left out by --only: "))
      // The other account's grant is still there.
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 2)
      #expect(try await deployment.bulkhead(["access", "apply"]).status == 0)
    }

    @Test func `a command limited to one side needs the other one neither up nor configured`() async throws {
      let deployment = try Deployment.shared()
      let noDatabase = ["DB_PORT": "1", "DB_USER": "no-such-login", "DB_PASS": "x"]
      for command in [["verify"], ["plan"], ["prove"]] {
        let cache = try await deployment.bulkhead(
          ["access"] + command + ["--only", "cache"], with: noDatabase)
        #expect(cache.status == 0, "\(cache.out)\(cache.err)")
      }
      let noCache = ["CACHE_PORT": "x"]
      let database = try await deployment.bulkhead(["access", "verify", "--only", "database"], with: noCache)
      #expect(database.status == 0 && database.out.contains("cache: left out by --only"), "\(database.err)")
    }

    @Test
    func `rights are compared without the credential files, and the answer says that no password was tried`()
      async throws
    {
      let deployment = try Deployment.shared()
      let folder = deployment.folder.appendingPathComponent("no-credentials").path
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      // The administrator's own is the only one.
      try FileManager.default.copyItem(
        atPath: deployment.credential("migrate-admin"), toPath: "\(folder)/migrate-admin")
      let without = ["CREDENTIALS_DIR": folder]
      let complete = try await deployment.bulkhead(["access", "verify", "--only", "database"], with: without)
      #expect(complete.status == 2 && complete.out.contains("there is no credential"), "\(complete.out)")
      for command in ["plan", "verify", "apply"] {
        let answer = try await deployment.bulkhead(
          ["access", command, "--only", "database", "--without-logins"], with: without)
        #expect(answer.status == 0, "\(answer.out)\(answer.err)")
        #expect(answer.out.contains("PostgreSQL passwords: left out by --without-logins"), "\(answer.out)")
      }
      let verified = try await deployment.bulkhead(["access", "verify", "--without-logins", "--json"])
      let parts = try JSONCoding.decode(JSONValue.self, from: Array(verified.out.utf8)).array ?? []
      #expect(
        parts.contains { $0["engine"]?.string == "PostgreSQL passwords" && $0["skipped"] == true },
        "\(verified.out)")
      let report = try await deployment.bulkhead([
        "access", "verify", "--without-logins", "--format", "markdown",
      ])
      #expect(report.out.contains("because of --without-logins"), "\(report.out)")

      // A right is still found, and a password is not.
      _ = try await deployment.psql(
        as: "migrate-admin", "ALTER ROLE \"analytics-ro\" PASSWORD 'changed by hand'")
      _ = try await deployment.psql(as: "migrate-admin", "GRANT SELECT (email) ON users TO \"analytics-ro\"")
      let changed = try await deployment.bulkhead([
        "access", "verify", "--only", "database", "--without-logins",
      ])
      #expect(changed.status == 2 && changed.out.contains("PostgreSQL: 1 deviation"), "\(changed.out)")
      let tried = try await deployment.bulkhead(["access", "verify", "--only", "database"])
      #expect(tried.status == 2 && tried.out.contains("PostgreSQL: 2 deviations"), "\(tried.out)")
      #expect(try await deployment.bulkhead(["access", "apply"]).status == 0)
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 0)
    }

    @Test func `an unknown account after --only is wrong usage, with the nearest name`() async throws {
      try await Deployment.with(.embedded) { deployment in
        for command in ["plan", "apply", "verify", "prove"] {
          let refused = try await deployment.bulkhead(["access", command, "--only", "analytics-rw"])
          #expect(refused.status == 64)
          #expect(refused.err.contains("did you mean 'analytics-ro'?"), "\(refused.err)")
        }
        let dropping = ["access", "apply", "--only", "analytics-ro", "--drop-retired"]
        #expect(try await deployment.bulkhead(dropping).status == 64)
      }
    }

    @Test func `the proof reports its number of cells and no violation on a fresh fleet`() async throws {
      let deployment = try Deployment.shared()
      let page = deployment.folder.appendingPathComponent("matrix.html")
      let proved = try await deployment.bulkhead(["access", "prove", "--json", "--html", page.path])
      #expect(proved.status == 0, "\(proved.out)\n\(proved.err)")
      let report = try JSONCoding.decode(JSONValue.self, from: Array(proved.out.utf8))
      #expect(report["violations"]?.integer == 0)
      #expect((report["database_cells"]?.integer ?? 0) >= 400)
      #expect((report["cache_cells"]?.integer ?? 0) >= 100)
      let html = try String(contentsOf: page, encoding: .utf8)
      #expect(html.contains("analytics-ro") && !html.contains("http://") && !html.contains("https://"))
    }

    @Test func `a cache that is down does not keep the database from being compared and mended`() async throws
    {
      let deployment = try Deployment.shared()
      _ = try await deployment.psql(as: "migrate-admin", #"GRANT SELECT (email) ON users TO "analytics-ro""#)
      let down = ["CACHE_PORT": "1"]
      let plan = try await deployment.bulkhead(["access", "plan", "--json"], with: down)
      #expect(plan.status == 1)
      let engines = try JSONCoding.decode(JSONValue.self, from: Array(plan.out.utf8)).array ?? []
      #expect(engines.map { $0["engine"]?.string } == ["PostgreSQL", "Redis"])
      #expect(engines.first?["steps"]?.array?.count == 1)
      #expect(engines.last?["error"]?.string?.isEmpty == false)

      let applied = try await deployment.bulkhead(["access", "apply"], with: down)
      #expect(applied.status == 1)
      #expect(applied.out.contains("PostgreSQL: 1 step applied"))
      #expect(applied.err.contains("Redis: "))
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 0)
    }

    @Test func `a database that is down does not keep the cache from being compared`() async throws {
      let deployment = try Deployment.shared()
      let down = ["DB_PORT": "1", "DB_MAX_RETRIES": "1"]
      let verified = try await deployment.bulkhead(["access", "verify"], with: down)
      #expect(verified.status == 1)
      #expect(verified.out.contains("Redis: matches the manifest"))
      #expect(verified.err.contains("PostgreSQL: the database cannot be reached"))
    }

    @Test func `a wrong password ends the command at the first attempt`() async throws {
      let deployment = try Deployment.shared()
      let wrong = ["DB_USER": "migrate-admin", "DB_PASS": "not this one"]
      let verified = try await deployment.bulkhead(["access", "verify"], with: wrong)
      #expect(verified.status == 1)
      #expect(verified.err.contains("PostgreSQL: the database refused the account's credentials"))
      #expect(!verified.err.contains("database unreachable"), "\(verified.err)")
    }

    @Test func `a command with --json prints JSON when it fails, too`() async throws {
      let deployment = try Deployment.shared()
      let failed = try await deployment.bulkhead(["access", "verify", "--json"], with: ["DB_PORT": "x"])
      #expect(failed.status == 78)
      let document = try JSONCoding.decode(JSONValue.self, from: Array(failed.out.utf8))
      #expect(document["errors"]?.array?.first?.string?.hasPrefix("DB_PORT") == true, "\(failed.out)")
    }

    @Test
    func `a right is explained with its line, and a change of the manifest is classed, without any engine`()
      async throws
    {
      try await Deployment.with(.embedded) { deployment in
        let manifest = try #require(deployment.environment["ACCESS_MANIFEST"])
        let explained = try await deployment.bulkhead(["access", "explain", "analytics-ro", "users"])
        #expect(explained.status == 0, "\(explained.err)")
        #expect(
          explained.out.contains("only id, active, role, confirmed_at, created_at, every row  \(manifest):"))

        let changed = deployment.folder.appendingPathComponent("changed.yaml").path
        let text = try String(contentsOfFile: manifest, encoding: .utf8)
        try text.replacing("[id, active, role,", with: "[id, email, role,").write(
          toFile: changed, atomically: true, encoding: .utf8)
        let compared = try await deployment.bulkhead(["access", "diff", manifest, changed])
        #expect(compared.status == 2, "\(compared.err)")
        #expect(
          compared.out.contains("widening  analytics-ro gains select on users.email"), "\(compared.out)")
        #expect(compared.out.contains("breaking  analytics-ro loses select on users.active"))
        #expect(try await deployment.bulkhead(["access", "diff", manifest, manifest]).status == 0)
        let missing = try await deployment.bulkhead(["access", "diff", "--json", manifest, "nowhere.yaml"])
        #expect(missing.status == 78)
        #expect(missing.out.contains("cannot be read"))
      }
    }

    @Test func `psql as a service's account has exactly the rights of that account`() async throws {
      let deployment = try Deployment.shared()
      let denied = try await deployment.psql(as: "connector-rw", "SELECT * FROM users")
      #expect(denied.status != 0)
      #expect(denied.err.contains("permission denied for table users"))

      let inserts = """
        INSERT INTO platform_integrations (platform, channel, external_id) VALUES \
        ('twitch', '#t', 't1'), ('discord', '#d', 'd1')
        """
      #expect(try await deployment.psql(as: "connector-rw", inserts).status == 0)
      let seen = try await deployment.psql(as: "twitch-trigger", "SELECT platform FROM platform_integrations")
      #expect(seen.out.trimmingCharacters(in: .whitespacesAndNewlines) == "twitch")
      let foreign = try await deployment.psql(
        as: "twitch-trigger",
        "INSERT INTO platform_integrations (platform, channel, external_id) VALUES ('discord', '#x', 'x')")
      #expect(foreign.status != 0)
      #expect(foreign.err.contains("row-level security policy"))
      _ = try await deployment.psql(as: "migrate-admin", "DELETE FROM platform_integrations")
      let created = try await deployment.psql(as: "backend-api-rw", "CREATE TABLE mine (id int)")
      #expect(created.err.contains("permission denied for schema public"))
    }
  }
}

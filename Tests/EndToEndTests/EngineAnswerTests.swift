import Foundation
import Testing

extension DeploymentTests {
  /// The answers about engines for machines and for a superuser's terminal.
  @Suite struct EngineAnswerTests {
    @Test func `each answer of a fleet that differs from the manifest is valid in each of its forms`()
      async throws
    {
      let deployment = try Deployment.shared()
      var answers = Answers(deployment: deployment)
      try await answers.take(
        ["access", "credentials", "--json"], as: .schema("access-credentials"), status: 0)
      try await answers.take(["access", "verify", "--format", "junit"], as: .junit, status: 0)
      _ = try await deployment.psql(as: "migrate-admin", #"GRANT SELECT (email) ON users TO "analytics-ro""#)
      _ = try await deployment.psql(
        as: "migrate-admin", "CREATE VIEW \"a|b`<i>@x\" AS SELECT 1 AS one")
      try await answers.take(["access", "plan", "--format", "json"], as: .schema("access-plan"), status: 2)
      try await answers.take(["access", "verify", "--json"], as: .schema("access-verify"), status: 2)
      try await answers.take(["access", "verify", "--format", "sarif"], as: .sarif, status: 2)
      try await answers.take(["access", "verify", "--format", "junit"], as: .junit, status: 2)
      try await answers.take(["access", "prove", "--json"], as: .schema("access-prove"), status: 2)
      try await answers.take(["access", "prove", "--format", "junit"], as: .junit, status: 2)
      let only = ["--only", "connector-rw"]
      for (command, format, kind) in [
        ("plan", "json", Answers.Kind.schema("access-plan")), ("verify", "json", .schema("access-verify")),
        ("verify", "sarif", .sarif), ("verify", "junit", .junit), ("prove", "json", .schema("access-prove")),
        ("prove", "junit", .junit), ("apply", "json", .schema("access-apply")),
      ] {
        let form = command == "apply" ? ["--json"] : ["--format", format]
        try await answers.take(["access", command] + form + only, as: kind, status: 0)
      }
      let partial = try await deployment.bulkhead(["access", "verify", "--format", "markdown"] + only)
      #expect(partial.out.contains("**0 deviations, only connector-rw**"), "\(partial.out)")
      #expect(partial.out.contains("left out by --only: "), "\(partial.out)")
      let verified = try await deployment.bulkhead(["access", "verify", "--format", "markdown"])
      #expect(verified.status == 2)
      #expect(verified.out.contains("| **excess** | analytics-ro |"), "\(verified.out)")
      #expect(!verified.out.contains("<i>") && !verified.out.contains("a|b"), "\(verified.out)")
      let planned = try await deployment.bulkhead(["access", "plan", "--format", "markdown"])
      #expect(planned.out.contains("| **apply** |"), "\(planned.out)")
      try await answers.take(["access", "apply", "--json"], as: .schema("access-apply"), status: 2)

      let down = ["CACHE_PORT": "1"]
      for (format, kind) in [
        ("json", Answers.Kind.schema("access-verify")), ("sarif", .sarif), ("junit", .junit),
      ] {
        try await answers.take(["access", "verify", "--format", format], as: kind, status: 1, with: down)
      }
      try await answers.check()
      _ = try await deployment.psql(as: "migrate-admin", "DROP VIEW \"a|b`<i>@x\"")
      try await deployment.succeed(["access", "apply"])
    }

    @Test func `each answer about passwords, persons and whole engines is valid, and so is each failure`()
      async throws
    {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      var answers = Answers(deployment: deployment)
      let file = deployment.folder.appendingPathComponent("kim").path
      let opening = [
        "access", "open", "kim", "--like", "analytics-ro", "--for", "1h", "--reason", "x", "--json",
        "--password-file", file,
      ]
      try await answers.take(opening, as: .schema("access-open"), status: 0)
      try await answers.take(opening, as: .schema("access-open"), status: 1)
      try FileManager.default.removeItem(atPath: file)
      for sql in ["CREATE TABLE kept ()", "ALTER TABLE kept OWNER TO kim"] {
        _ = try await deployment.superuser(of: servers, in: "postgres", sql)
      }
      let closing = ["access", "close", "kim", "--json"]
      try await answers.take(closing, as: .schema("access-close"), status: 2)
      _ = try await deployment.superuser(of: servers, in: "postgres", "DROP TABLE kept")
      try await answers.take(closing, as: .schema("access-close"), status: 0)
      try await answers.take(closing, as: .schema("access-close"), status: 1)

      let rotating = ["access", "rotate", "analytics-ro", "--json"]
      try await answers.take(
        rotating, as: .schema("access-rotate"), status: 1, with: ["DB_PORT": "1", "DB_MAX_RETRIES": "1"])
      try await answers.take(rotating, as: .schema("access-rotate"), status: 0)
      try await answers.take(
        ["access", "rotate", "--json", "unknown-rw"], as: .schema("access-rotate"), status: 1)

      let manifest = deployment.folder.appendingPathComponent("imported.yaml").path
      for arguments in [["--json"], ["--json", "--to", manifest]] {
        try await answers.take(
          ["access", "import"] + arguments, as: .schema("access-import"), status: 0,
          with: ["DB_USER": "migrate-admin", "DB_PASS_FILE": deployment.credential("migrate-admin")])
      }
      try await answers.take(
        ["access", "import", "--json", "--to", manifest], as: .schema("access-import"), status: 1)
      try await answers.take(
        ["bootstrap", "--json"], as: .schema("bootstrap"), status: 0,
        with: try deployment.bootstrapVariables(servers))
      try await answers.take(["bootstrap", "--json"], as: .schema("bootstrap"), status: 1)
      try await answers.check()
    }

    @Test func `a plan can be pasted into psql, and a statement that lacks its secret is a comment`()
      async throws
    {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      for sql in [
        #"GRANT SELECT (email) ON users TO "analytics-ro""#, #"ALTER ROLE "connector-rw" PASSWORD NULL"#,
        "ALTER DATABASE app_db SET log_min_duration_statement = 1",
      ] { _ = try await deployment.superuser(of: servers, sql) }
      let plan = try await deployment.bulkhead(["access", "plan", "--only", "database"])
      let lines = plan.out.split(separator: "\n").dropFirst().filter {
        !$0.hasPrefix("database") && !$0.hasPrefix("cache")
      }
      #expect(lines.contains { $0.hasPrefix("-- ALTER ROLE \"connector-rw\" PASSWORD") }, "\(plan.out)")
      #expect(lines.contains { $0.hasSuffix(";  -- needs a superuser (bulkhead bootstrap)") }, "\(plan.out)")
      for line in lines where !line.hasPrefix("--") { #expect(line.contains(";"), "\(line)") }
      let script = deployment.folder.appendingPathComponent("plan.sql")
      try lines.joined(separator: "\n").write(to: script, atomically: true, encoding: .utf8)
      _ = try await deployment.superuser(of: servers, String(contentsOf: script, encoding: .utf8))
      let mended = try await deployment.bulkhead(["access", "apply"])
      // What is left is the password, for which the account's sessions end.
      #expect(mended.status == 0 && mended.out.contains("4 steps applied"), "\(mended.out)\(mended.err)")
      #expect(mended.out.contains("PASSWORD '<SCRAM"), "\(mended.out)")
    }

    @Test
    func `an administrator without a right on the schema gets the plan, and bootstrap is named as next`()
      async throws
    {
      let deployment = try Deployment.shared()
      let servers = try #require(deployment.servers)
      _ = try await deployment.superuser(of: servers, #"ALTER SCHEMA public OWNER TO "connector-rw""#)
      let refused = try await deployment.bulkhead(["access", "apply"])
      let step = "ALTER SCHEMA \"public\" OWNER TO \"pg_database_owner\";"
      #expect(refused.status == 2, "\(refused.out)\(refused.err)")
      #expect(refused.out.contains("\(step) -- needs a superuser (bulkhead bootstrap)"), "\(refused.out)")
      #expect(refused.out.contains("nothing was changed, because "), "\(refused.out)")
      let variables = try deployment.bootstrapVariables(servers)
      #expect(try await deployment.bulkhead(["bootstrap"], with: variables).status == 0)
      let applied = try await deployment.bulkhead(["access", "apply"])
      #expect(applied.status == 0, "\(applied.out)\(applied.err)")
    }
  }
}

import Foundation
import Testing

/// The tool and a service of this release on the database of a newer or an older release.
@Suite struct NewerSchemaTests {
  @Test func `the tool and a service accept a newer schema that supports this release`()
    async throws
  {
    try await withNewerSchema(oldestProgram: "max(version)") { deployment in
      for (arguments, words) in [
        (["migrate", "check"], "is compatible with it"), (["migrate", "status"], "not part of this release"),
        (["migrate", "status"], "is compatible with it"), (["migrate", "up"], "nothing to do"),
        (["access", "apply"], ""), (["access", "verify"], ""),
      ] {
        let output = try await deployment.bulkhead(arguments)
        #expect(output.status == 0, "\(arguments): \(output.err)")
        #expect(words.isEmpty || output.out.contains(words), "\(arguments): \(output.out)")
      }
      let lead = try await deployment.bulkhead(["migrate", "up"]).err
      #expect(lead.contains("ahead by 1 version") && lead.contains("(notes)"))
      let waited = try await wait(deployment)
      #expect(waited.status == 0)
      #expect(waited.err.contains("is compatible"))
    }
  }

  @Test func `this release revokes nothing that a newer one may need, except with a flag`() async throws {
    try await withNewerSchema(oldestProgram: "max(version)") { deployment in
      for statement in [Self.additions[0], #"GRANT SELECT ON notes TO "connector-rw""#] {
        try await change(deployment, statement)
      }
      let reading = "SELECT count(*) FROM notes"
      let refused = try await deployment.bulkhead(["access", "apply"])
      #expect(refused.status == 1, "\(refused.out)")
      #expect(refused.err.contains("PostgreSQL: nothing was changed: the database has schema version"))
      // No way around it: not for the cache alone, whose plan needs no database, and not when the fleet starts.
      try await CacheAdministrator(of: deployment).run(["ACL", "SETUSER", "connector-cache", "+keys"])
      let firstPort = try FreePorts.consecutive(8)
      for arguments in [
        ["access", "apply", "--only", "connector-cache"], ["up", "--once", "--first-port", "\(firstPort)"],
      ] {
        let output = try await deployment.bulkhead(arguments)
        #expect(output.status == 1, "\(arguments): \(output.out)")
        #expect(
          output.err.contains("nothing was changed: the database has schema version"),
          "\(arguments): \(output.err)")
      }
      #expect(try await deployment.psql(as: "connector-rw", reading).status == 0)
      let forced = try await deployment.bulkhead(["access", "apply", "--force"])
      #expect(forced.status == 0, "\(forced.err)")
      #expect(try await deployment.psql(as: "connector-rw", reading).err.contains("permission denied"))
    }
  }

  @Test func `the tool and a service refuse a newer schema that does not support this release`()
    async throws
  {
    try await withNewerSchema(oldestProgram: "max(version) + 1") { deployment in
      let check = try await deployment.bulkhead(["migrate", "check"])
      #expect(check.status == 2)
      #expect(check.out.contains("unknown to this program"))
      let upward = try await deployment.bulkhead(["migrate", "up"])
      #expect(upward.status == 1)
      #expect(upward.err.contains("(notes)"))
      let waited = try await wait(deployment)
      #expect(waited.status == 1)
      #expect(waited.err.contains("the schema is ahead"))
    }
  }

  /// What a newer release adds: a table, columns with a default and without, and an index.
  private static let additions = [
    "CREATE TABLE notes (id bigint PRIMARY KEY, note text)",
    "ALTER TABLE users ADD COLUMN locale varchar(16) NOT NULL DEFAULT 'en'",
    "ALTER TABLE settings ADD COLUMN note text",
    "ALTER TABLE events ADD COLUMN trace varchar(32)",
    "CREATE INDEX users_locale_idx ON users (locale)",
  ]

  @Test func `this release's services run their whole story on a newer schema that only added`() async throws
  {
    try await withNewerSchema(oldestProgram: "max(version)") { deployment in
      for statement in Self.additions { try await change(deployment, statement) }
      let firstPort = try FreePorts.consecutive(8)
      let output = try await deployment.bulkhead(["up", "--once", "--first-port", "\(firstPort)"])
      #expect(output.status == 0, "\(output.out)\n\(output.err)")
      #expect(output.err.contains("ahead by 1 version"), "\(output.err)")
    }
  }

  @Test func `a service refuses the record of an older tool until migrate up has run`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      try await change(deployment, "ALTER TABLE schema_migrations DROP COLUMN oldest_program")
      let check = try await deployment.bulkhead(["migrate", "check"])
      #expect(check.status == 2)
      #expect(check.out.contains("run: bulkhead migrate up"))
      let refused = try await wait(deployment)
      #expect(refused.status == 1)
      #expect(refused.err.contains("older tool recorded schema version"))
      #expect(refused.err.contains("run: bulkhead migrate up"))
      try await deployment.succeed(["migrate", "up"])
      try await deployment.succeed(["migrate", "check"])
      #expect(try await wait(deployment).status == 0)
    }
  }

  /// Records a version that this release does not have.
  private func withNewerSchema(
    oldestProgram: String, _ body: (Deployment) async throws -> Void
  ) async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      try await change(
        deployment,
        "INSERT INTO schema_migrations (version, name, checksum, oldest_program) "
          + "SELECT max(version) + 1, 'notes', repeat('0', 64), \(oldestProgram) FROM schema_migrations")
      try await body(deployment)
    }
  }

  private func change(_ deployment: Deployment, _ statement: String) async throws {
    let output = try await deployment.psql(as: "migrate-admin", statement)
    guard output.status == 0 else { throw Program.Failure(output.err) }
  }

  /// Runs `connector wait`, which checks whether the service could start.
  private func wait(_ deployment: Deployment) async throws -> Program.Output {
    var variables = try deployment.databaseVariables(account: "connector-rw")
    variables["CACHE_TYPE"] = "memory"
    variables["JWKS_FILE"] = deployment.folder.appendingPathComponent("jwks.json").path
    variables["WEBHOOK_KEY"] = Data(repeating: 7, count: 32).base64EncodedString()
    return try await Program.run(
      Program.named("connector"), ["wait", "--timeout", "5"], environment: variables, in: deployment.folder)
  }
}

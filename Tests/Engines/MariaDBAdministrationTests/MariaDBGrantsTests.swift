import AccessPlanning
import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing
import Transport

@testable import MariaDBAdministration

/// Rights on a real server: plan, apply and verify.
@Suite(.serialized) struct MariaDBGrantsTests {
  @Test func `an apply that ends after each step opens nothing, and the next one completes it`() async throws
  {
    try await MariaDBFleet.with { fleet in
      let declared = MariaDBState(
        declaredBy: fleet.manifest, database: MariaDBFleet.database, catalog: MariaDBFleet.catalog)
      // The beginning is a server on which others have opened and closed what they liked.
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser([
        "GRANT SELECT ON app_db.users TO `analytics-ro`@`%`",
        "REVOKE SELECT ON app_db.sessions FROM `backend-api-rw`@`%`",
        "ALTER USER `connector-rw`@`%` IDENTIFIED BY 'another'",
        "REVOKE INSERT, SELECT ON app_db.webhooks FROM `connector-rw`@`%`",
        "DROP USER `twitch-trigger`@`%`",
        "GRANT FILE ON *.* TO `discord-trigger`@`%`",
        "CREATE OR REPLACE VIEW app_db.`events$discord-trigger` AS SELECT * FROM app_db.events",
      ])
      let before = try await fleet.grants().state(using: fleet.administrator)
      var runs = 0
      while let step = try await fleet.grants().plan().steps.first(where: { $0.authority == .administrator })
      {
        let login = try fleet.grants().logins(for: [step], in: before.catalog)[step]
        try await fleet.execute(step, login: login)
        let now = try await fleet.grants().state(using: fleet.administrator)
        let opened = now.privileges.subtracting(before.privileges).subtracting(declared.privileges)
        #expect(opened.isEmpty, "\(step.text)")
        runs += 1
        try #require(runs < 200, "the plan does not end")
      }
      #expect(runs >= 8)
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `several hosts, none of which is a node of a cluster, are a note`() async throws {
    try await MariaDBFleet.with { fleet in
      var nodes = fleet.grants().nodes
      let alone = try await nodes.with(fleet.administrator) { (found) in found.notes }
      #expect(alone == [])
      nodes.configuration.hosts.append(Endpoint(host: "127.0.0.1", port: 1))
      let notes = try await nodes.with(fleet.administrator) { (found) in found.notes }
      #expect(notes.count == 1 && notes[0].contains("none that answers is a node of a cluster"), "\(notes)")
    }
  }

  @Test(arguments: HandMadeChange.groups)
  func `changes by hand are named, apply or bootstrap mends them, and nothing of others is changed`(
    _ changes: [HandMadeChange]
  ) async throws {
    try await MariaDBFleet.with { fleet in
      let others = SecondApplication(fleet: fleet)
      try await others.create(withMandatoryRole: true)
      let before = try await others.dump()
      _ = try await fleet.grants().apply()
      // MySQL's mandatory role keeps accounts from their views, and is not ours to remove.
      let lasting = try await fleet.deviations()
      #expect(
        lasting.map(\.privilege) == (MariaDBServer.hasMySQL ? [MariaDBDifference.mandatoryRoles] : []))
      let plan = try await fleet.grants().plan()
      #expect(plan.steps.isEmpty && plan.unmended == lasting)
      #expect(try await fleet.bootstrap() == [])
      for change in changes {
        try await fleet.asSuperuser(change.statements)
        let found = try await fleet.deviations()
        #expect(
          found.contains { $0.message.contains(change.words) }, "\(change.words): \(found.map(\.message))")
        let outcome = try await fleet.grants().apply()
        if !outcome.remaining.isEmpty { _ = try await fleet.bootstrap() }
        try await fleet.asSuperuser(change.undo ?? [])
        let left = try await fleet.deviations()
        #expect(left == lasting, "\(change.words): \(left.map(\.message))")
        #expect(try await others.dump() == before, "\(change.words)")
      }
    }
  }

  @Test(.enabled(if: MariaDBServer.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
  func `a mandatory role keeps accounts from their views, and is named until it is removed`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let rows = "SELECT concat(count(*)) FROM `platform_integrations$twitch-trigger`"
      #expect(try await fleet.answer(as: "twitch-trigger", rows) == "0")
      try await fleet.asSuperuser("CREATE ROLE every_role", "SET PERSIST mandatory_roles = 'every_role'")
      #expect(try await fleet.deviations().map(\.privilege) == [MariaDBDifference.mandatoryRoles])
      await #expect(throws: (any Error).self) { try await fleet.answer(as: "twitch-trigger", rows) }
      try await fleet.asSuperuser("SET PERSIST mandatory_roles = ''")
      #expect(try await fleet.deviations() == [])
      #expect(try await fleet.answer(as: "twitch-trigger", rows) == "0")
    }
  }

  @Test func `the script that is written without a server makes the rights on this one`() async throws {
    try await MariaDBFleet.with { fleet in
      let scheme = MariaDBFleet.catalog.passwords
      let declared = MariaDBState(
        declaredBy: fleet.manifest, database: MariaDBFleet.database, catalog: MariaDBFleet.catalog)
      for account in fleet.manifest.databaseAccounts {
        let grantee = MariaDBGrantee(user: account.name)
        let limits = try #require(declared.accounts[grantee]).limits.sql(in: MariaDBFleet.catalog)
        let verifier = scheme.verifier(try fleet.credentials.password(of: account.name).reveal())
        try await fleet.asSuperuser(
          "CREATE USER \(grantee.sql) \(scheme.login(verifier)) \(limits) PASSWORD EXPIRE NEVER")
      }
      let script = MariaDBRights(fleet.manifest, database: MariaDBFleet.database).sql
      let statements = script.split(separator: "\n").filter { !$0.hasPrefix("--") }.map { $0.dropLast() }
      #expect(statements.count > 20 && script.contains("/*!80017 IDENTIFIED WITH"))
      for statement in statements {
        _ = try await fleet.administrator.unsafeQuery(unsafeSQL: String(statement))
      }
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `an account that has left the manifest is closed, and dropped on demand`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try fleet.credentials.createMissing(for: ["former-rw"])
      let scheme = MariaDBFleet.catalog.passwords
      let verifier = scheme.verifier(try fleet.credentials.password(of: "former-rw").reveal())
      try await fleet.asSuperuser(
        "CREATE USER `former-rw`@`%` \(scheme.login(verifier))",
        "GRANT SELECT ON app_db.users TO `former-rw`@`%`")
      #expect(try await fleet.answer(as: "former-rw", "SELECT 'in'") == "in")
      _ = try await fleet.grants().apply()
      #expect(try await fleet.deviations() == [])
      await #expect(throws: (any Error).self) { try await fleet.answer(as: "former-rw", "SELECT 'in'") }
      _ = try await fleet.grants(dropsRetired: true).apply()
      let left = try await fleet.grants().state(using: fleet.administrator)
      #expect(left.accounts[MariaDBGrantee(user: "former-rw")] == nil)
    }
  }

  @Test func `a second fleet on the server takes no password and closes no account of the first one`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let folder = try TemporaryFolder()
      let other = CredentialStore(directory: folder.file("credentials"))
      for hasFile in [false, true] {
        if hasFile { _ = try other.createMissing(for: ["migrate-admin"]) }
        let failure = await #expect(throws: AccessError.self) { try await fleet.bootstrap(in: other) }
        #expect(failure?.description.contains("bulkhead bootstrap --replace-passwords") == true)
        #expect(other.contains("migrate-admin") == hasFile)
        #expect(try await fleet.bootstrap() == [])
      }
      #expect(try await fleet.bootstrap(in: other, replacingPasswords: true).count == 1)
      #expect(try await fleet.bootstrap(in: fleet.credentials, replacingPasswords: true).count == 1)

      _ = try fleet.credentials.createMissing(for: ["former-rw"])
      let verifier = MariaDBFleet.catalog.passwords.verifier(
        try fleet.credentials.password(of: "former-rw").reveal())
      try await fleet.asSuperuser(
        "CREATE DATABASE app_two", "CREATE TABLE app_two.t (id int)",
        "CREATE USER `former-rw`@`%` \(MariaDBFleet.catalog.passwords.login(verifier))",
        "GRANT SELECT ON app_two.t TO `former-rw`@`%`", "GRANT SELECT ON app_db.users TO `former-rw`@`%`")
      _ = try await fleet.grants(dropsRetired: true).apply()
      let left = try await fleet.grants().state(using: fleet.administrator)
      let rights = left.privileges.filter { $0.grantee.user == "former-rw" }.map {
        $0.text(in: left.database)
      }
      #expect(rights == ["SELECT on app_two.t"])
      #expect(left.accounts[MariaDBGrantee(user: "former-rw")]?.isLocked == false)
      let remark = try await fleet.grants().verify().first { $0.account.hasPrefix("former-rw") }
      #expect(remark?.isNote == true && remark?.message.contains("it has rights on app_two") == true)
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `an account sees its rows and columns, and no statement gets past its view`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let columns = "platform, channel, external_id"
      try await fleet.asSuperuser(
        "INSERT INTO app_db.platform_integrations (\(columns)) VALUES ('twitch', 'mine', '1'), ('discord', 'hidden', '2')",
        "INSERT INTO app_db.users (email, password, fs_uniquifier) VALUES ('a@b.c', 'secret', 'u')")
      let view = "`platform_integrations$twitch-trigger`"
      #expect(
        try await fleet.answer(as: "twitch-trigger", "SELECT group_concat(channel) FROM \(view)") == "mine")
      for condition in ["(@seen := channel) IS NULL", "id = 2 AND (@seen := channel) IS NULL"] {
        let seen = try await fleet.answer(
          as: "twitch-trigger", "SET @seen = ''", "SELECT 1 FROM \(view) WHERE \(condition)", "SELECT @seen")
        #expect(seen != "hidden", "\(condition)")
      }
      let inserts = "`platform_integrations$twitch-trigger$insert`"
      let refused = [
        ("twitch-trigger", "SELECT 1 FROM platform_integrations"),
        ("twitch-trigger", "INSERT INTO \(inserts) (\(columns)) VALUES ('discord', 'x', 'x')"),
        ("twitch-trigger", "UPDATE \(view) SET platform = 'discord'"),
        ("twitch-trigger", "INSERT INTO \(inserts) (id, \(columns)) VALUES (2, 'twitch', 'x', 'x')"),
        ("analytics-ro", "SELECT password FROM `users$analytics-ro`"),
        ("analytics-ro", "HANDLER users OPEN"), ("analytics-ro", "HANDLER `users$analytics-ro` OPEN"),
      ]
      for (account, statement) in refused {
        await #expect(throws: (any Error).self, "\(account): \(statement)") {
          try await fleet.answer(as: account, statement)
        }
      }
    }
  }

  @Test func `no insert changes a hidden row, whose id it chooses, and no join compares a hidden column`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      let columns = "platform, channel, external_id"
      try await fleet.asSuperuser(
        "INSERT INTO app_db.platform_integrations (id, \(columns)) VALUES (7, 'discord', 'hidden', '2')",
        "INSERT INTO app_db.users (email, password, fs_uniquifier) VALUES ('a@b.c', 'secret', 'u')")
      let view = "app_db.`platform_integrations$twitch-trigger`"
      let takeover = "(\(columns)) VALUES ('twitch', 'x', 'x') ON DUPLICATE KEY UPDATE platform = 'twitch'"
      let names = [view, "app_db.`platform_integrations$twitch-trigger$insert`"]
      for name in names {
        for statement in [
          "INSERT INTO \(name) \(takeover)", "REPLACE INTO \(name) (\(columns)) VALUES ('twitch', 'x', 'x')",
        ] {
          await #expect(throws: (any Error).self, "\(statement)") {
            try await fleet.answer(as: "twitch-trigger", "SET insert_id = 7", statement)
          }
        }
      }
      let compared =
        "SELECT CAST(count(*) AS char) FROM `users$analytics-ro` JOIN (SELECT 'secret' AS password) p USING (password)"
      // A server refuses the comparison with a column that the account may not read, or compares with NULL. MySQL does either.
      let answer = try? await fleet.answer(as: "analytics-ro", compared)
      #expect(answer == "0" || answer == nil && MariaDBServer.hasMySQL)

      // Both are open where the account has one view for all verbs, with every column.
      try await fleet.asSuperuser(
        "GRANT INSERT ON \(view) TO `twitch-trigger`@`%`",
        """
        CREATE OR REPLACE DEFINER = `bulkhead-views`@localhost VIEW app_db.`users$analytics-ro` AS
        SELECT * FROM app_db.users
        """)
      _ = try await fleet.answer(as: "twitch-trigger", "SET insert_id = 7", "INSERT INTO \(view) \(takeover)")
      let taken = try await fleet.superuser.unsafeQuery(
        unsafeSQL: "SELECT platform FROM app_db.platform_integrations WHERE id = 7")
      #expect(try taken.text(0, 0) == "twitch")
      if !MariaDBServer.hasMySQL { #expect(try await fleet.answer(as: "analytics-ro", compared) == "1") }
    }
  }
}

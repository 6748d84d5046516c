import AccessAdministration
import AccessPlanning
import AccessProof
import DatabaseTestSupport
import TestSupport
import Testing

@testable import MariaDBAdministration

/// The proof on a real server: every cell holds, and holes made by hand are found.
@Suite(.serialized) struct MariaDBProofTests {
  @Test(.enabled(if: MariaDBServer.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
  func `the proof finds privileges that MySQL alone has`() async throws {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await fleet.asSuperuser(
        """
        GRANT BACKUP_ADMIN, INNODB_REDO_LOG_ENABLE, RESOURCE_GROUP_ADMIN, FLUSH_OPTIMIZER_COSTS, BINLOG_ADMIN, ROLE_ADMIN,
        SYSTEM_VARIABLES_ADMIN, SET_ANY_DEFINER, CONNECTION_ADMIN, REPLICATION CLIENT, CREATE TABLESPACE, DROP ROLE, SUPER
        ON *.* TO `analytics-ro`@`%`
        """,
        "GRANT INSERT ON mysql.component TO `analytics-ro`@`%`",
        "GRANT INSERT ON mysql.plugin TO `analytics-ro`@`%`",
        "GRANT INSERT ON mysql.* TO `twitch-trigger`@`%`",
        "GRANT `backend-api-rw`@`%` TO `analytics-ro`@`%`")
      let found = try await fleet.prove()
      let verbs = Set(found.violations.map { "\($0.object): \($0.verb)" })
      for expected in [
        "server: lock for a backup", "server: change the redo log", "server: change resource groups",
        "server: flush costs", "server: apply binary log events", "server: grant roles",
        "server: set a global variable", "server: list binary logs", "server: read the state of replication",
        "server: change tablespaces", "server: drop roles", "server: change foreign servers",
        "server: install a component", "server: install a plugin", "server: load a function",
        "server: set a variable for good", "backend-api-rw: become it as a role",
      ] {
        #expect(verbs.contains(expected), "\(expected) is not among \(verbs.sorted())")
      }
      let outcome = try await fleet.grants().apply()
      if !outcome.remaining.isEmpty { _ = try await fleet.bootstrap() }
      #expect(try await fleet.deviations() == [])
    }
  }

  @Test func `every cell is as declared, and the proof finds holes that verify names`() async throws {
    try await MariaDBFleet.with { fleet in
      try await SecondApplication(fleet: fleet).create()
      _ = try await fleet.grants().apply()
      let report = try await fleet.prove()
      #expect(report.violations.isEmpty, "\(report.violations)")
      #expect(report.results.count > 1_000)

      try await fleet.asSuperuser(
        "INSERT INTO app_db.users (email, password, fs_uniquifier) VALUES ('a@b.c', 'secret', 'u')",
        "GRANT UPDATE ON app_db.`platform_integrations$twitch-trigger$insert` TO `twitch-trigger`@`%`",
        """
        CREATE OR REPLACE DEFINER = `bulkhead-views`@localhost VIEW app_db.`users$analytics-rollup-rw` AS
        SELECT * FROM app_db.users
        """,
        "CREATE VIEW shop.everyone AS SELECT * FROM app_db.users",
        "GRANT SELECT ON shop.everyone TO `analytics-ro`@`%`",
        "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`",
        "GRANT SELECT (id) ON app_db.users TO `analytics-ro`@`%`",
        "GRANT DROP ON app_db.rollups TO `analytics-ro`@`%`",
        "GRANT PROCESS, FILE, CREATE USER ON *.* TO `analytics-ro`@`%`",
        "GRANT CREATE, CREATE VIEW, EVENT, LOCK TABLES, CREATE TEMPORARY TABLES ON `app\\_db`.* TO `analytics-ro`@`%`",
        """
        CREATE OR REPLACE DEFINER = `bulkhead-views`@localhost VIEW app_db.`platform_integrations$twitch-trigger` AS
        SELECT * FROM app_db.platform_integrations WHERE platform = 'twitch' WITH CASCADED CHECK OPTION
        """)
      let found = try await fleet.prove()
      try await fleet.asSuperuser("DROP VIEW shop.everyone")
      let verbs = Set(found.violations.map { "\($0.object): \($0.verb)" })
      // The MySQL of the tests reads no file (secure_file_priv), and none compares a hidden column.
      let onMariaDB = ["server: read a file", "users$analytics-rollup-rw: compare password"]
      for expected in (MariaDBServer.hasMySQL ? [] : onMariaDB) + [
        "settings: select", "users: open a handler", "users: select beneath the view", "rollups: truncate",
        "server: see sessions of others", "server: create account",
        "server: read transactions of others", "database: create table", "database: create view",
        "database: create event", "database: create temporary table", "users: lock",
        "platform_integrations$twitch-trigger$insert: take a row over",
        "other databases: use a view with rights on ours",
      ] {
        #expect(verbs.contains(expected), "\(expected) is not among \(verbs.sorted())")
      }
      // A view without its index is the residue that is declared for it.
      #expect(found.residues.contains { $0.name == "values of hidden rows" })
      let tables = try await fleet.superuser.unsafeQuery(
        unsafeSQL: "SELECT count(*) FROM information_schema.tables WHERE table_name LIKE 'bulkhead_probe%'")
      #expect(try tables.integer(0, 0) == 0)
      _ = try await fleet.grants().apply()
      #expect(try await fleet.deviations() == [])
      try await Self.findEachChange(in: fleet)
    }
  }

  /// The changes by hand that a statement can use, all at once: each has a cell of its own.
  private static func findEachChange(in fleet: MariaDBFleet) async throws {
    let changes = HandMadeChange.all.filter { $0.violation != nil }
    for change in changes { try await fleet.asSuperuser(change.statements) }
    let named = try await fleet.deviations()
    let found = Set(try await fleet.prove().violations.map { "\($0.object): \($0.verb)" })
    for change in changes {
      #expect(named.contains { $0.message.contains(change.words) }, "\(change.words) is not named")
      #expect(found.contains(change.violation ?? ""), "\(change.words): \(found.sorted())")
    }
    if try await !fleet.grants().apply().remaining.isEmpty { _ = try await fleet.bootstrap() }
    for change in changes { try await fleet.asSuperuser(change.undo ?? []) }
    #expect(try await fleet.deviations() == [])
    #expect(try await fleet.prove().violations.map(\.description) == [])
  }

  @Test func `each kind that the comparison covers has a change by hand, and each change has a kind`() {
    let coverage: AccessCoverage = MariaDBServer.hasMySQL ? .mySQL : .mariaDB
    // MariaDBGrantsTests closes and drops such an account. A setting would stop the server of the other tests:
    // MariaDBSettingTests have one of their own. HandMadeChangeTests of the live schema run `migrate check`.
    let withOwnTest: Set = [
      "account that has left the manifest", "setting that stops the fleet", "column default",
      "computed column",
    ]
    let claimed = Set(
      coverage.kinds.filter { $0.treatment == .compared || $0.treatment == .named }.map(\.name))
    let changed = Set(HandMadeChange.all.map(\.kind))
    #expect(claimed.subtracting(withOwnTest).subtracting(changed).sorted() == [])
    #expect(changed.subtracting(claimed).sorted() == [])
  }
}

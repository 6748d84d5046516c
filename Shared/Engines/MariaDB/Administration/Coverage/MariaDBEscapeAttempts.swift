import AccessManifest
import AccessProof
import MariaDBDriver
import Schema

extension EscapeAttempts {
  /// MariaDB: the server, other accounts, and each table beside and beneath the account's views.
  ///
  /// The engine commits a change of a definition at once. So such a statement is one that fails after the check of
  /// permissions, and leaves nothing where the check lets it pass.
  package static let mariaDB = EscapeAttempts(
    changesRowsAtCursors: false, keepsIdentities: true, strangers: ["root", "bulkhead-stranger"],
    concurrentAccounts: 4, rowGuard: .mariaDB, residues: MariaDBResidues.all, survey: MariaDBSurvey.reader
  ) { account, others, manifest in
    inDatabase + onRoutines + ofServer + ofPrivileges + hidden(from: account)
      + others.flatMap(onMariaDBAccount) + manifest.tables.map(history(of:))
      + manifest.tables.sorted { $0.name < $1.name }.flatMap { onTable($0, by: account, in: manifest) }
  }

  static let inDatabase: [Attempt] = [
    Attempt(
      object: "database", verb: "create table", sql: "CREATE TABLE bulkhead_probe (id int, id int)",
      finds: .completionOrCode(["1060"])),
    Attempt(
      object: "database", verb: "create temporary table",
      sql: "CREATE TEMPORARY TABLE bulkhead_probe (id int, id int)", finds: .completionOrCode(["1060"])),
    Attempt(
      object: "database", verb: "create view", sql: "CREATE VIEW bulkhead_probe (one, one) AS SELECT 1, 2",
      finds: .completionOrCode(["1060"])),
    // An event whose time has passed is dropped at once.
    Attempt(
      object: "database", verb: "create event",
      sql: "CREATE EVENT bulkhead_probe ON SCHEDULE AT '2000-01-01 00:00:00' DO SELECT 1"),
    Attempt(
      object: "server", verb: "create database", sql: "CREATE DATABASE mysql",
      finds: .completionOrCode(["1007"])),
    Attempt(
      object: "server", verb: "create account", sql: "CREATE USER CURRENT_USER()",
      finds: .completionOrCode(["1396"])),
  ]

  private static let ofServer: [Attempt] =
    ofEveryServer + [
      Attempt(
        object: "server", verb: "stop the binary log", sql: "SET STATEMENT sql_log_bin = 0 FOR SELECT 1"),
      Attempt(object: "server", verb: "read verifiers", sql: "SELECT 1 FROM mysql.global_priv LIMIT 1"),
      Attempt(
        object: "server", verb: "read statistics of columns", sql: "SELECT 1 FROM mysql.column_stats LIMIT 1"),
    ]

  /// What each server of the family refuses in the same words.
  static let ofEveryServer: [Attempt] = [
    Attempt(
      object: "server", verb: "read a file",
      sql: "SELECT 1 FROM dual WHERE LOAD_FILE(concat(@@datadir, 'ib_buffer_pool')) IS NOT NULL "
        + "OR LOAD_FILE('/etc/passwd') IS NOT NULL", finds: .rows),
    Attempt(
      object: "server", verb: "write a file", sql: "SELECT 1 INTO OUTFILE '/dev/null'",
      finds: .completionOrCode(["1086", "1290"])),
    Attempt(
      object: "server", verb: "set a global variable",
      sql: "SET GLOBAL max_connect_errors = @@global.max_connect_errors"),
    Attempt(
      object: "server", verb: "log all statements", sql: "SET GLOBAL general_log = @@global.general_log"),
    Attempt(object: "server", verb: "flush", sql: "FLUSH STATUS"),
    Attempt(object: "server", verb: "read the state of the engine", sql: "SHOW ENGINE INNODB STATUS"),
    Attempt(
      object: "server", verb: "read transactions of others",
      sql: "SELECT 1 FROM information_schema.innodb_trx LIMIT 1"),
    Attempt(
      object: "server", verb: "read pages", sql: "SELECT 1 FROM information_schema.innodb_buffer_page LIMIT 1"
    ),
    Attempt(object: "server", verb: "read the binary log", sql: "SHOW BINLOG EVENTS LIMIT 1"),
    Attempt(
      object: "server", verb: "read statements of others",
      sql: "SELECT 1 FROM performance_schema.events_statements_current LIMIT 1"),
    Attempt(
      object: "server", verb: "read sessions", sql: "SELECT 1 FROM performance_schema.threads LIMIT 1"),
    Attempt(object: "server", verb: "read the general log", sql: "SELECT 1 FROM mysql.general_log LIMIT 1"),
    Attempt(object: "server", verb: "write rights", sql: "DELETE FROM mysql.tables_priv WHERE 1 = 0"),
    Attempt(
      object: "server", verb: "add rights",
      sql: "INSERT INTO mysql.tables_priv (Host) SELECT '' FROM dual WHERE 1 = 0"),
    Attempt(
      object: "server", verb: "change rights",
      sql: "UPDATE mysql.tables_priv SET Table_priv = '' WHERE 1 = 0"),
    Attempt(
      object: "server", verb: "load a function",
      sql: "CREATE FUNCTION bulkhead_probe RETURNS INTEGER SONAME 'bulkhead_probe.so'",
      finds: .completionOrCode(["1126"])),
    Attempt(
      object: "server", verb: "install a plugin",
      sql: "INSTALL PLUGIN bulkhead_probe SONAME 'bulkhead_probe.so'", finds: .completionOrCode(["1126"])),
  ]

  /// The server hides what it does not refuse.
  static func hidden(from account: String) -> [Attempt] {
    let name = MariaDBSQL.literal(account)
    return [
      Attempt(
        object: "server", verb: "see sessions of others",
        sql: "SELECT 1 FROM information_schema.processlist WHERE user <> \(name) LIMIT 1", finds: .rows),
      Attempt(
        object: "server", verb: "see rights of others",
        sql: "SELECT 1 FROM information_schema.table_privileges "
          + "WHERE grantee NOT LIKE concat('''', \(name), '''@%') LIMIT 1", finds: .rows),
    ]
  }

  private static func onMariaDBAccount(_ other: String) -> [Attempt] {
    [
      Attempt(
        object: other, verb: "set password",
        sql: "SET PASSWORD FOR \(MariaDBGrantee(user: other).sql) = 'bulkhead-probe'",
        finds: .completionOrCode(["1372"]))
    ] + onAccount(other)
  }

  static func onAccount(_ other: String) -> [Attempt] {
    let name = MariaDBGrantee(user: other).sql
    return [
      Attempt(object: other, verb: "read grants", sql: "SHOW GRANTS FOR \(name)"),
      Attempt(
        object: other, verb: "define a view as it",
        sql: "CREATE DEFINER = \(name) VIEW bulkhead_probe (one, one) AS SELECT 1, 2",
        finds: .completionOrCode(["1060"])),
    ]
  }

  // MARK: Tables

  /// `comparison` is what a join that compares a hidden column would find: MySQL refuses it.
  static func onTable(
    _ table: TableDefinition, by account: String, in manifest: AccessManifest,
    comparison: Attempt.Finds = .rows
  ) -> [Attempt] {
    let name = MariaDBSQL.identifier(table.name)
    let object = table.name
    let definition = [
      Attempt(
        object: object, verb: "alter", sql: "ALTER TABLE \(name) DROP COLUMN bulkhead_probe",
        finds: .completionOrCode(["1091"])),
      Attempt(
        object: object, verb: "truncate", sql: "ALTER TABLE \(name) TRUNCATE PARTITION bulkhead_probe",
        finds: .completionOrCode(["1505"])),
      Attempt(
        object: object, verb: "create index", sql: "CREATE INDEX bulkhead_probe ON \(name) (bulkhead_probe)",
        finds: .completionOrCode(["1072"])),
      Attempt(
        object: object, verb: "create trigger",
        sql: "CREATE TRIGGER bulkhead_probe BEFORE INSERT ON \(name) FOR EACH ROW SET NEW.bulkhead_probe = 1",
        finds: .completionOrCode(["1054"])),
      Attempt(object: object, verb: "lock", sql: "LOCK TABLES \(name) READ"),
      Attempt(
        object: object, verb: "hand rights on",
        sql: "GRANT SELECT (bulkhead_probe) ON \(name) TO CURRENT_USER()",
        finds: .completionOrCode(["1054"])),
      Attempt(
        object: object, verb: "load a file", sql: "LOAD DATA INFILE '/dev/null' INTO TABLE \(name)"),
    ]
    let grants = manifest.databaseAccount(named: account)?.grants.filter { $0.table == object } ?? []
    let parts = MariaDBTableRights.parts(of: grants, on: table, for: account)
    let direct = Set(parts.flatMap { part in part.grants.filter { !part.usesView($0) } }.map(\.verb))
    let hasView = parts.contains { $0.grants.contains(where: $0.usesView) }
    return definition + (direct.contains(.select) ? [] : reading(name, object))
      + (hasView ? beneath(object, besides: direct) : []) + ofViews(of: table, by: account, in: manifest)
      + parts.flatMap { through($0, comparison: comparison) }
  }

  /// The ways to the rows of a whole table.
  private static func reading(_ name: String, _ object: String) -> [Attempt] {
    [
      Attempt(object: object, verb: "open a handler", sql: "HANDLER \(name) OPEN"),
      Attempt(object: object, verb: "compute a checksum", sql: "CHECKSUM TABLE \(name)"),
      Attempt(object: object, verb: "explain", sql: "EXPLAIN SELECT 1 FROM \(name)"),
    ]
  }

  /// The table beneath a view of the account.
  private static func beneath(_ table: String, besides direct: Set<TableVerb>) -> [Attempt] {
    let name = MariaDBSQL.identifier(table)
    let statements: [(TableVerb, String)] = [
      (.select, "SELECT 1 FROM \(name) LIMIT 1"),
      (.insert, "REPLACE INTO \(name) SELECT * FROM \(name) LIMIT 0"),
      (.delete, "DELETE FROM \(name) WHERE 1 = 0"),
    ]
    return statements.filter { !direct.contains($0.0) }.map { verb, sql in
      Attempt(object: table, verb: "\(verb.rawValue) beneath the view", sql: sql)
    }
  }

  /// Through the account's own view: an insert that changes the row with the same key, and a join that compares what the
  /// account may not read. The join finds a row's own value, so it finds none where the table is empty.
  private static func through(_ part: MariaDBTableRights, comparison: Attempt.Finds) -> [Attempt] {
    let own = part.grants.filter(part.usesView)
    guard let column = part.table.columns.first(where: { !$0.isIdentity })?.name, !own.isEmpty else {
      return []
    }
    let view = MariaDBSQL.identifier(part.view)
    let name = MariaDBSQL.identifier(column)
    let takeover = Attempt(
      object: part.view, verb: "take a row over",
      sql: "INSERT INTO \(view) (\(name)) SELECT NULL FROM dual WHERE 1 = 0 "
        + "ON DUPLICATE KEY UPDATE \(name) = NULL")
    guard own.contains(where: { $0.verb == .select }) else { return [takeover] }
    let hidden = part.table.columns.map(\.name).filter { !part.shownColumns.contains($0) }
    return [takeover]
      + hidden.map { hidden in
        Attempt(
          object: part.view, verb: "compare \(hidden)",
          sql: "SELECT 1 FROM \(view) a JOIN \(view) b USING (\(MariaDBSQL.identifier(hidden))) LIMIT 1",
          finds: comparison)
      }
  }

  /// The views of all accounts, of which the account may use its own, and the definition of none.
  private static func ofViews(
    of table: TableDefinition, by account: String, in manifest: AccessManifest
  ) -> [Attempt] {
    manifest.databaseAccounts.flatMap { owner -> [Attempt] in
      let parts = MariaDBTableRights.parts(
        of: owner.grants.filter { $0.table == table.name }, on: table, for: owner.name)
      return parts.filter { $0.grants.contains(where: $0.usesView) }.flatMap { part -> [Attempt] in
        let name = MariaDBSQL.identifier(part.view)
        let use = owner.name == account ? ("explain", "EXPLAIN SELECT 1") : ("select", "SELECT 1")
        return [
          Attempt(object: part.view, verb: "read its definition", sql: "SHOW CREATE VIEW \(name)"),
          Attempt(object: part.view, verb: use.0, sql: "\(use.1) FROM \(name) LIMIT 1"),
        ]
      }
    }
  }
}

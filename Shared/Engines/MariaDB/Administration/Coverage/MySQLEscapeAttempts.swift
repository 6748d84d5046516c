import AccessManifest
import AccessProof

extension EscapeAttempts {
  /// MySQL: as ``mariaDB``, with the statements and tables in which the servers differ.
  package static let mySQL = EscapeAttempts(
    changesRowsAtCursors: false, keepsIdentities: true, strangers: ["root", "bulkhead-stranger"],
    concurrentAccounts: 4, residues: MySQLResidues.all, survey: MariaDBSurvey.reader
  ) { account, others, manifest in
    inDatabase + ofMySQL + hidden(from: account) + hiddenInMySQL(from: account)
      + others.flatMap(onMySQLAccount)
      + manifest.tables.sorted { $0.name < $1.name }.flatMap {
        onTable($0, by: account, in: manifest, comparison: .completion)
      }
  }

  private static let ofMySQL: [Attempt] =
    ofEveryServer + [
      Attempt(object: "server", verb: "stop the binary log", sql: "SET SESSION sql_log_bin = @@sql_log_bin"),
      Attempt(
        object: "server", verb: "set a variable for good",
        sql: "SET PERSIST max_connect_errors = @@global.max_connect_errors"),
      Attempt(object: "server", verb: "read verifiers", sql: "SELECT 1 FROM mysql.user LIMIT 1"),
      Attempt(object: "server", verb: "read roles", sql: "SELECT 1 FROM mysql.role_edges LIMIT 1"),
      Attempt(
        object: "server", verb: "read the error log",
        sql: "SELECT 1 FROM performance_schema.error_log LIMIT 1"
      ),
      Attempt(
        object: "server", verb: "read the sessions of sys", sql: "SELECT 1 FROM sys.processlist LIMIT 1"),
    ] + ofSingleRights

  /// MySQL has a privilege of its own for each of these. The names do not exist, so what is not refused has no effect.
  private static let ofSingleRights: [Attempt] = [
    Attempt(object: "server", verb: "lock for a backup", sql: "UNLOCK INSTANCE"),
    Attempt(
      object: "server", verb: "change the redo log", sql: "ALTER INSTANCE ENABLE INNODB REDO_LOG",
      finds: .completionOrCode(["3806"])),
    Attempt(
      object: "server", verb: "install a component", sql: "INSTALL COMPONENT 'file://bulkhead_probe'",
      finds: .completionOrCode(["1126"])),
    Attempt(
      object: "server", verb: "change resource groups", sql: "DROP RESOURCE GROUP bulkhead_probe",
      finds: .completionOrCode(["3651"])),
    Attempt(object: "server", verb: "flush costs", sql: "FLUSH OPTIMIZER_COSTS"),
    Attempt(
      object: "server", verb: "list binary logs", sql: "SHOW BINARY LOGS",
      finds: .completionOrCode(["1381"])),
    Attempt(object: "server", verb: "read the state of replication", sql: "SHOW REPLICA STATUS"),
    Attempt(
      object: "server", verb: "apply binary log events", sql: "BINLOG ''", finds: .completionOrCode(["1149"])),
    Attempt(
      object: "server", verb: "change tablespaces", sql: "DROP TABLESPACE bulkhead_probe",
      finds: .completionOrCode(["3510"])),
    Attempt(
      object: "server", verb: "change foreign servers", sql: "DROP SERVER bulkhead_probe",
      finds: .completionOrCode(["1477"])),
    Attempt(
      object: "server", verb: "drop roles", sql: "DROP ROLE `bulkhead-probe`",
      finds: .completionOrCode(["1396"])),
    Attempt(
      object: "server", verb: "grant roles", sql: "GRANT `bulkhead-probe` TO `bulkhead-probe`",
      finds: .completionOrCode(["3523"])),
  ]

  private static func hiddenInMySQL(from account: String) -> [Attempt] {
    [
      Attempt(
        object: "server", verb: "see attributes of others",
        sql: "SELECT 1 FROM information_schema.user_attributes WHERE user <> \(MariaDBSQL.literal(account)) "
          + "LIMIT 1", finds: .rows)
    ]
  }

  /// `SET PASSWORD` would take effect.
  private static func onMySQLAccount(_ other: String) -> [Attempt] {
    let name = MariaDBGrantee(user: other).sql
    return [
      Attempt(
        object: other, verb: "set password",
        sql: "ALTER USER \(name) IDENTIFIED WITH \(MySQLPasswordHash.plugin) AS 'bulkhead-probe'",
        finds: .completionOrCode(["1827"])),
      Attempt(object: other, verb: "become it as a role", sql: "SET ROLE \(name)"),
    ] + onAccount(other)
  }
}

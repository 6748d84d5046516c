import AccessProof
import Schema

/// MariaDB has a privilege of its own for each of these. The names do not exist, and a variable gets its own value, so what
/// is not refused has no effect.
extension EscapeAttempts {
  static let ofPrivileges: [Attempt] = [
    // The server reports the transaction of the proof after it has checked the right.
    Attempt(
      object: "server", verb: "change the read-only mode", sql: "SET GLOBAL read_only = @@global.read_only",
      finds: .completionOrCode(["1192"])),
    Attempt(
      object: "server", verb: "change foreign servers", sql: "DROP SERVER bulkhead_probe",
      finds: .completionOrCode(["1477"])),
    Attempt(
      object: "server", verb: "apply binary log events", sql: "BINLOG ''", finds: .completionOrCode(["1149"])),
    Attempt(
      object: "server", verb: "change replication",
      sql: "SET GLOBAL slave_compressed_protocol = @@global.slave_compressed_protocol"),
    Attempt(object: "server", verb: "read the state of replication", sql: "SHOW SLAVE STATUS"),
    Attempt(object: "server", verb: "list replicas", sql: "SHOW SLAVE HOSTS"),
  ]

  /// No account has such a definer, which the server refuses after it has checked the right to make routines.
  static let onRoutines: [Attempt] = [
    Attempt(
      object: "database", verb: "create routine",
      sql: "CREATE DEFINER = PUBLIC PROCEDURE bulkhead_probe() SELECT 1", finds: .completionOrCode(["1959"])),
    Attempt(
      object: "database", verb: "alter routine", sql: "ALTER PROCEDURE bulkhead_probe COMMENT ''",
      finds: .completionOrCode(["1305"])),
    Attempt(
      object: "database", verb: "execute routine", sql: "CALL bulkhead_probe()",
      finds: .completionOrCode(["1305"])),
    Attempt(
      object: "database", verb: "hand rights on", sql: "GRANT FILE ON * TO CURRENT_USER()",
      finds: .completionOrCode(["1221"])),
  ]

  /// The tables of the fleet keep no history.
  static func history(of table: TableDefinition) -> Attempt {
    Attempt(
      object: table.name, verb: "delete history",
      sql: "DELETE HISTORY FROM \(MariaDBSQL.identifier(table.name)) BEFORE SYSTEM_TIME '1970-01-02'",
      finds: .completionOrCode(["4124"]))
  }
}

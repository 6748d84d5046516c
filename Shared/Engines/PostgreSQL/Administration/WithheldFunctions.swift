/// The engine's own functions that PUBLIC may execute by default, and that let an account without any grant write, or take
/// what all share. The fleet withholds them: EXECUTE is revoked from PUBLIC.
///
/// The administrator does not need them: its locks are locks on tables, which need a right on the table.
enum WithheldFunctions {
  /// The large objects: data outside the tables. An object belongs to the role that creates it, and that role may grant
  /// it to PUBLIC. The functions that write need an existing object.
  static let largeObjects = ["lo_creat", "lo_create", "lo_from_bytea"]

  /// The advisory locks. They fill the lock table of the whole server, after which no session can lock anything.
  static let advisoryLocks = [
    "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared",
    "pg_try_advisory_lock", "pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared",
  ]

  /// The write-ahead log of the whole server, without a row.
  static let logMessages = ["pg_logical_emit_message"]

  /// The files of the server: one for each exported snapshot.
  static let snapshots = ["pg_export_snapshot"]

  /// The operation of the proof that calls a function.
  static func verb(of name: String) -> String {
    switch name {
    case "lo_create": "create large object"
    case "lo_creat": "create large object by mode"
    case "lo_from_bytea": "store large object"
    case "pg_logical_emit_message": "write a message to the log"
    case "pg_export_snapshot": "export a snapshot"
    default: "call \(name)"
    }
  }

  /// Every name. A name stands for all its signatures.
  static let names = largeObjects + advisoryLocks + logMessages + snapshots
}

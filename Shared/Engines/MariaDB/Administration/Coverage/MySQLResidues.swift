import AccessProof

/// What MySQL leaves open between accounts of one server. The attempts set variables to their own values, so that the
/// session stays as it is.
enum MySQLResidues {
  static let all: [KnownResidue] = [
    KnownResidue(
      "settings and counters of the server",
      consequence:
        "an account reads the server's variables, paths, versions and counters, not the statements of others",
      mitigation: "put no secret into a variable; use a server of its own for what must stay unknown"
    ).tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "read global variables",
          sql: "SELECT 1 FROM performance_schema.global_variables LIMIT 1", finds: .rows)
      ]
    },
    MariaDBResidues.namedLocks,
    KnownResidue(
      "the time of statements",
      consequence: "the server limits no account, so one keeps a processor busy with each connection",
      mitigation: "the limit of connections holds; watch for statements that run long, and end their sessions"
    ).tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "lift the time limit",
          sql: "SET SESSION max_execution_time = @@max_execution_time")
      ]
    },
    KnownResidue(
      "locks of rows and tables",
      consequence:
        "an account locks the rows that it may read, also with no right to write, and keeps the lock for as long as "
        + "its session lasts: writers of these rows, and changes of the table, wait for it",
      mitigation: "set wait_timeout of the server; an account can lift it for itself"
    ).tried { attacker in
      attacker.wholeTables.map { table in
        EscapeAttempts.Attempt(
          object: table, verb: "lock rows",
          sql: "SELECT 1 FROM \(MariaDBSQL.identifier(table)) LIMIT 1 FOR SHARE SKIP LOCKED")
      }
    },
    KnownResidue(
      "memory and temporary files",
      consequence:
        "an account raises its own limits of memory, and fills that of the server or its temporary folder",
      mitigation: "put tmpdir on a file system of its own; set temptable_max_ram of the server"),
    MariaDBResidues.preparedStatements,
    KnownResidue(
      "the next identity",
      consequence:
        "an account that inserts may choose its row's id with insert_id: it learns which ids exist, and with the highest "
        + "one no later insert into that table succeeds",
      mitigation: "ALTER TABLE ... AUTO_INCREMENT sets the counter back, after the row was deleted"),
    KnownResidue(
      "foreign keys",
      consequence: "an account switches foreign keys off, and writes values that they refuse into its rows",
      mitigation: "readers of a shared table do not rely on its foreign keys"
    ).tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "switch checks off",
          sql: "SET SESSION foreign_key_checks = @@foreign_key_checks")
      ]
    },
    MariaDBResidues.ownPassword,
    KnownResidue(
      "prepared transactions",
      consequence: "an account leaves a prepared transaction of its own with its locks",
      mitigation: "no service prepares transactions; watch XA RECOVER, which is empty"),
    KnownResidue(
      "the administrator of accounts",
      consequence:
        "who has the administrator's credential changes every account without SYSTEM_USER: CREATE USER includes that",
      mitigation: "keep the administrator's credential from every service; use a server for the fleet alone"),
    MariaDBResidues.valuesOfHiddenRows,
  ]
}

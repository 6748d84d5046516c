import AccessProof

/// What MySQL leaves open between accounts of one server. The attempts set variables to their own values, so that the
/// session stays as it is.
enum MySQLResidues {
  static let all: [KnownResidue] = [
    MariaDBResidues.globalVariables(in: "performance_schema"),
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
    MariaDBResidues.locks("FOR SHARE", limit: "wait_timeout"),
    MariaDBResidues.memory(limit: "temptable_max_ram"),
    MariaDBResidues.preparedStatements,
    MariaDBResidues.nextIdentity,
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
    MariaDBResidues.rightsInOtherDatabases,
    MariaDBResidues.valuesOfHiddenRows,
  ]
}

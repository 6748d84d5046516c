import AccessManifest
import AccessProof
import MariaDBDriver

/// What MariaDB leaves open between accounts of one server.
enum MariaDBResidues {
  static let all: [KnownResidue] = [
    globalVariables(in: "information_schema"),
    namedLocks,
    KnownResidue(
      "the time limit of statements",
      consequence: "an account lifts its own time limit, and keeps one processor busy with each connection",
      mitigation: "the limit of connections holds; watch for statements that run long, and end their sessions"
    ).tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "lift the time limit",
          sql: "SET STATEMENT max_statement_time = 0 FOR SELECT 1")
      ]
    },
    locks("FOR UPDATE", limit: "idle_transaction_timeout"),
    memory(limit: "tmp_disk_table_size").tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "take more memory",
          sql: "SET STATEMENT sort_buffer_size = 1073741824, tmp_memory_table_size = 1073741824, "
            + "max_heap_table_size = 1073741824 FOR SELECT 1")
      ]
    },
    preparedStatements,
    nextIdentity.tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "choose the next id", sql: "SET STATEMENT insert_id = 1 FOR SELECT 1")
      ]
    },
    KnownResidue(
      "checks of rows",
      consequence:
        "an account switches CHECK and foreign keys off, and writes values that they refuse into its rows",
      mitigation: "readers of a shared table do not rely on its checks"
    ).tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "switch checks off",
          sql: "SET STATEMENT check_constraint_checks = 0, foreign_key_checks = 0 FOR SELECT 1")
      ]
    },
    ownPassword,
    passwordOnOneNode,
    KnownResidue(
      "prepared transactions",
      consequence:
        "an account lists and ends prepared transactions of others, and leaves its own with their locks",
      mitigation: "no service prepares transactions; `access verify` mentions each one"
    ).tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "list prepared transactions", sql: "XA RECOVER")
      ]
    },
    KnownResidue(
      "the administrator of accounts",
      consequence:
        "who has the administrator's credential changes the superuser's password: CREATE USER includes that",
      mitigation: "keep the administrator's credential from every service; use a server for the fleet alone"),
    rightsInOtherDatabases,
    valuesOfHiddenRows,
  ]

  static func globalVariables(in schema: String) -> KnownResidue {
    KnownResidue(
      "settings and counters of the server",
      consequence:
        "an account reads the server's variables, paths, versions and counters, not the statements of others",
      mitigation: "put no secret into a variable; use a server of its own for what must stay unknown"
    ).tried { _ in
      [
        EscapeAttempts.Attempt(
          object: "server", verb: "read global variables",
          sql: "SELECT 1 FROM \(schema).global_variables LIMIT 1", finds: .rows)
      ]
    }
  }

  /// `clause` locks rows with the right to read them; `limit` is the server's setting that ends an idle session.
  static func locks(_ clause: String, limit: String) -> KnownResidue {
    KnownResidue(
      "locks of rows and tables",
      consequence:
        "an account locks the rows that it may read, also with no right to write, and keeps the lock for as long as "
        + "its session lasts: writers of these rows, and changes of the table, wait for it",
      mitigation: "set \(limit) of the server; an account can lift it for itself"
    ).tried { attacker in
      attacker.wholeTables.map { table in
        EscapeAttempts.Attempt(
          object: table, verb: "lock rows",
          sql: "SELECT 1 FROM \(MariaDBSQL.identifier(table)) LIMIT 1 \(clause) SKIP LOCKED")
      }
    }
  }

  static func memory(limit: String) -> KnownResidue {
    KnownResidue(
      "memory and temporary files",
      consequence:
        "an account raises its own limits of memory, and fills that of the server or its temporary folder",
      mitigation: "put tmpdir on a file system of its own; set \(limit) of the server")
  }

  static let nextIdentity = KnownResidue(
    "the next identity",
    consequence:
      "an account that inserts may choose its row's id with insert_id: it learns which ids exist, and with the highest "
      + "one no later insert into that table succeeds",
    mitigation: "ALTER TABLE ... AUTO_INCREMENT sets the counter back, after the row was deleted")

  static let namedLocks =
    KnownResidue(
      "named locks",
      consequence: "an account takes a lock of any name, and holds up those who wait for that name",
      mitigation: "no service and no migration waits for a name that another account can guess"
    ).tried { attacker in
      let name = MariaDBSQL.literal("bulkhead-probe-\(attacker.account)")
      return [
        EscapeAttempts.Attempt(
          object: "server", verb: "take a named lock",
          sql: "SELECT 1 FROM dual WHERE GET_LOCK(\(name), 0) = 1 AND RELEASE_LOCK(\(name)) = 1", finds: .rows
        )
      ]
    }

  static let rightsInOtherDatabases = KnownResidue(
    "PUBLIC in other databases",
    consequence:
      "what PUBLIC, a mandatory role or a nameless account may do in other databases, an account of ours may do too; a "
      + "view, trigger or event there that has a definer with rights on ours passes these rights on, also after a rotation; "
      + "unless the manifest is strict, the proof finds only views of our accounts",
    mitigation:
      "use a server of its own, or revoke those rights there: a database `test` may be open to all; as the superuser, "
      + "list the definers in information_schema.views, triggers and events of the other databases")

  static let preparedStatements =
    KnownResidue(
      "the number of prepared statements",
      consequence:
        "an account prepares statements up to the server's max_prepared_stmt_count, and no other session can",
      mitigation: "watch Prepared_stmt_count; end the sessions of the account")

  static let ownPassword =
    KnownResidue(
      "an account's own password",
      consequence: "who has an account changes its password, and the service behind it cannot sign in",
      mitigation: "`access verify` reports it, and `access apply` puts the credential back")

  /// The variable needs no right, and a replicated ALTER USER overrides what the node alone has.
  static var passwordOnOneNode: KnownResidue {
    var residue = KnownResidue(
      "an account's password on one node",
      consequence:
        "an account sets wsrep_OSU_method to RSU, and changes its password on its node of a Galera cluster alone, which "
        + "replicates nothing meanwhile",
      mitigation:
        "`access verify` and `access prove` report it, `access rotate` does not end well, and `access apply` puts the "
        + "credential back")
    residue.condition = """
      SELECT EXISTS (SELECT 1 FROM information_schema.global_variables
        WHERE variable_name = 'WSREP_ON' AND variable_value = 'ON')
      """
    return residue
  }

  /// The server evaluates the conditions of a statement before those of a view. The views force an index, so that it reads
  /// no hidden row; where one does not, this is open.
  static var valuesOfHiddenRows: KnownResidue {
    var residue = KnownResidue(
      "values of hidden rows",
      consequence:
        "a condition with a user variable carries the values of rows that a scope hides out of the statement",
      mitigation: "run `access apply`, which makes each view of rows force an index"
    ).triedOnHiddenRows { row in
      let view = MariaDBSQL.identifier(ScopedRelations.view(of: row.table, for: row.account))
      let read =
        "(@bulkhead_probe := concat(@bulkhead_probe, \(MariaDBSQL.identifier(row.scope.column)), '\n'))"
      return ["", "AND \(MariaDBSQL.identifier(row.key)) = \(row.identity)"].map { address in
        EscapeAttempts.Attempt(
          object: row.table, verb: address.isEmpty ? "read hidden values" : "read a hidden value",
          preparation: [
            "SET @bulkhead_probe = ''",
            "SELECT 1 FROM \(view) WHERE \(read) IS NULL \(address)",
          ],
          sql: "SELECT @bulkhead_probe",
          finds: .text { lines in
            lines.joined().split(separator: "\n").contains { $0 != row.scope.value }
          })
      }
    }
    residue.condition = """
      SELECT EXISTS (SELECT 1 FROM information_schema.views v WHERE table_schema = database()
        AND v.table_name LIKE '%$%' AND view_definition LIKE '% where %' AND view_definition NOT LIKE '% FORCE INDEX %'
        AND EXISTS (SELECT 1 FROM mysql.tables_priv p WHERE p.Db = v.table_schema AND p.Table_name = v.table_name
          AND (find_in_set('Select', p.Table_priv) > 0 OR find_in_set('Select', p.Column_priv) > 0)))
      """
    return residue
  }
}

extension KnownResidue.Attacker {
  /// The tables whose rows and columns the account may all read.
  var wholeTables: [String] {
    let grants = manifest.databaseAccount(named: account)?.grants ?? []
    return grants.filter { $0.verb == .select && $0.rows == nil && $0.columns == .all }.map(\.table).sorted()
  }
}

import AccessAdministration

extension AccessCoverage {
  /// MariaDB 10.11 and newer.
  package static let mariaDB = AccessCoverage(
    engine: "MariaDB", kinds: accounts + privileges + objects + server, residues: MariaDBResidues.all)

  private static let accounts: [Kind] = [
    Kind("missing account", .compared, "the account, with its limits and its credential"),
    Kind(
      "lock of an account", .compared,
      "the services' accounts are open, and the definer of the views is locked and has no password"),
    Kind("limits of an account", .compared, "connections and time of a statement; others are removed"),
    Kind(
      "credential of an account", .compared,
      "`verify` compares the stored hash, and finds a second way to sign in; `prove` logs in"),
    Kind(
      "account of the same name with another host", .compared,
      "dropped: it would take the logins of ours, and those of the administrator, so bootstrap drops that; also a role of "
        + "the name, which is named where it holds rights in databases of others"),
    Kind(
      "account without a name", .compared,
      "dropped by `bulkhead bootstrap`: it would take logins of any name; named where it holds rights in databases of "
        + "others"),
    Kind("default role of an account", .compared, "removed by `bulkhead bootstrap`"),
    Kind(
      "account with rights on every database", .named,
      "or a role, with those who may use it, unless it is built in, or the manifest leaves it to others"),
    Kind("account that has left the manifest", .compared, "locked, and its sessions ended"),
    Kind(
      "certificate or expiry that an account needs", .compared,
      "`REQUIRE SSL` may stay on a server with TLS, and is a remark where the run has none; a certificate and a lifetime of "
        + "the password may not"),
    Kind("locks of rows and tables", .residue, "no account can be limited"),
    Kind("memory and temporary files", .residue, "no account can be limited"),
    Kind("the number of prepared statements", .residue, "all accounts share the server's limit"),
    Kind("the next identity", .residue, "every session sets it"),
    Kind("an account's own password", .residue, "each account may change its own"),
    Kind(
      "an account's password on one node", .residue,
      "a session chooses that a node replicates no change of it"),
    Kind(
      "block of an account after wrong passwords", .named,
      "a low max_password_errors: any client could block a service, and the proof sends no wrong password"),
  ]

  private static let privileges: [Kind] = [
    Kind(
      "global privilege", .compared,
      "an account of ours is emptied, and gets what is declared again; `prove` names it too, also where no attempt uses it"
    ),
    Kind(
      "privilege on the database", .compared,
      "and on each pattern with a wildcard that matches its name; another application's that covers its own databases "
        + "too is named"),
    Kind("privilege on a table or view", .compared, "of every account, role and PUBLIC"),
    Kind("privilege on a column", .compared, "column by column"),
    Kind("privilege on a dropped table", .compared, "a new table of that name would get it"),
    Kind("privilege on a routine", .compared, "EXECUTE and ALTER ROUTINE"),
    Kind("privilege on another database", .compared, "of our accounts"),
    Kind("grant option", .compared, "at every level"),
    Kind("proxy", .compared, "to our accounts, and of them; removed by `bulkhead bootstrap`"),
    Kind("membership in a role", .compared, "of our accounts"),
    Kind("privileges of the administrator", .compared, "corrected by `bulkhead bootstrap`"),
    Kind(
      "privileges of others", .compared,
      "on our database; on `mysql` and `performance_schema` named, not revoked; a note unless the manifest is strict"
    ),
    Kind(
      "privileges of PUBLIC and of nameless accounts", .compared,
      "on the server, on our database, and roles that lead there; on `mysql` and `performance_schema` named, not revoked; "
        + "in databases of others a note"),
  ]

  private static let objects: [Kind] = [
    Kind("view of an account's rows or columns", .compared, "its text, definer, security and check option"),
    Kind(
      "table under a view of rows", .named,
      "the index that the view forces, and how the scope's column compares; a migration mends it"),
    Kind("table or sequence that no migration made", .named, "it may hold rows of others"),
    Kind(
      "foreign key of another database", .named,
      "it shows what exists, and blocks deletions; those of our own tables by `bulkhead migrate check`"),
    Kind(
      "column default", .named,
      "by `bulkhead migrate check` alone: an insert that omits the column stores it, and it may read other columns"
    ),
    Kind(
      "computed column", .named,
      "by `bulkhead migrate check` alone: a declared column may be a copy of one that its readers may not read"
    ),
    Kind("other view", .named, "it may show rows by its definer's rights"),
    Kind(
      "procedure or function", .named,
      "packages too: it may run with its definer's rights; in other databases where everyone may call it with rights on ours"
    ),
    Kind("trigger", .named, "it runs with its definer's rights"),
    Kind(
      "event", .named,
      "it runs with its definer's rights; in other databases where its definer is an account of ours"),
    Kind("loadable function", .named, "it runs in the server, and every account may call it"),
    Kind(
      "hidden rows and columns", .proven,
      "beside and beneath each view; no insert changes a row, and no join compares a hidden column"),
    Kind("values of hidden rows", .residue, "only where a view does not force an index"),
  ]

  private static let server: [Kind] = [
    Kind("definitions", .proven, "tables, views, indexes, triggers, events, accounts, databases"),
    Kind("files, variables, logs and statements of others", .proven, "each is refused or hidden"),
    Kind(
      "handlers, locks of tables and checksums", .proven,
      "each is refused on a table that an account may not read"),
    Kind("logins with wrong passwords", .proven, "of each account, and of some strangers"),
    Kind(
      "setting that stops the fleet", .named,
      "a binary log of statements, RSU of Galera for every session, refused hashes; what runs at each login is a remark"
    ),
    Kind("settings and counters of the server", .residue, "every account reads them"),
    Kind("named locks", .residue, "every account takes them"),
    Kind("the time limit of statements", .residue, "a session lifts it"),
    Kind("checks of rows", .residue, "a session switches them off"),
    Kind("prepared transactions", .residue, "every account lists and ends them"),
    Kind("the administrator of accounts", .residue, "CREATE USER changes any account"),
    Kind("PUBLIC in other databases", .residue, "they are not ours to close"),
    Kind("authentication plugins of the server", .outOfReach, "a plugin accepts what it likes"),
  ]
}

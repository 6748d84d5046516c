import AccessAdministration

extension AccessCoverage {
  /// PostgreSQL 16 and newer.
  package static let postgreSQL = AccessCoverage(
    engine: "PostgreSQL", kinds: roles + privileges + tables + objects + server,
    residues: PostgresResidues.all)

  private static let roles: [Kind] = [
    Kind("missing account", .compared, "the role, with its attributes, settings and credential"),
    Kind(
      "attribute of an account", .compared, "LOGIN, SUPERUSER, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS"),
    Kind("expiry of a password", .compared, "VALID UNTIL"),
    Kind("connection limit of an account", .compared, "the limit of the manifest"),
    Kind("setting of an account", .compared, "`ALTER ROLE ... SET`; the manifest declares the timeouts"),
    Kind("setting of an account in the database", .compared, "`ALTER ROLE ... IN DATABASE ... SET`"),
    Kind(
      "setting of the database", .compared, "`ALTER DATABASE ... SET`; the manifest declares the time zone"),
    Kind("setting of every role", .compared, "`ALTER ROLE ALL ... SET`"),
    Kind("credential of an account", .proven, "`verify` and `prove` log in with it, and with a wrong one"),
    Kind(
      "NOINHERIT", .outOfReach, "without effect: each membership has its own option, and these are compared"),
    Kind(
      "attribute of another role", .named,
      "REPLICATION and BYPASSRLS; CREATEROLE is a note, as PostgreSQL 16 limits it"),
    Kind("superuser outside the manifest", .named, "except the one that `initdb` made"),
    Kind("membership of an account", .compared, "in any role"),
    Kind("membership in an account", .compared, "of any role"),
    Kind("option of a membership", .compared, "ADMIN, INHERIT and SET"),
    Kind("administration of an account", .compared, "the administrator may alter each account, and no more"),
    Kind(
      "membership of an account in a predefined role", .compared, "every role whose name begins with `pg_`"),
    Kind("membership of another role in a predefined role", .named, "unless the manifest lists the role"),
  ]

  private static let privileges: [Kind] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"].map {
      Kind("table privilege \($0)", .compared, "of every account, every other role and PUBLIC")
    }
    + ["SELECT", "INSERT", "UPDATE", "REFERENCES"].map {
      Kind("column privilege \($0)", .compared, "column by column")
    }
    + [
      Kind("missing privilege", .compared, "a declared privilege that is not there"),
      Kind("grant option", .compared, "with the grantor of each entry"),
      Kind("sequence privilege", .compared, "USAGE, SELECT and UPDATE"),
      Kind("view privilege", .compared, "on views, materialized views and foreign tables too"),
      Kind("database privilege", .compared, "CONNECT, CREATE and TEMPORARY"),
      Kind("schema privilege", .compared, "USAGE and CREATE"),
      Kind("routine privilege", .compared, "EXECUTE; an extension's functions keep what its script granted"),
      Kind("privilege on the engine's routines", .compared, "beyond the list that `initdb` recorded"),
      Kind("privilege on the engine's relations", .compared, "beyond the list that `initdb` recorded"),
      Kind("language privilege", .compared, "USAGE"),
      Kind("type privilege", .compared, "USAGE, beyond what PUBLIC has"),
      Kind("large object privilege", .compared, "SELECT and UPDATE; no account may create one"),
      Kind("foreign server privilege", .compared, "USAGE"),
      Kind("foreign data wrapper privilege", .compared, "USAGE"),
      Kind("parameter privilege", .compared, "SET and ALTER SYSTEM"),
      Kind("tablespace privilege", .compared, "CREATE"),
      Kind("default privileges", .compared, "on tables, sequences, routines and schemas"),
      Kind(
        "default privileges of others", .named,
        "what a role of others that is no superuser grants to PUBLIC; what it grants to accounts of ours is revoked"
      ),
      Kind(
        "default privileges of an account", .named,
        "as a note: an account owns nothing and can create nothing, so they have no effect"),
      Kind("default privileges on types", .outOfReach, "without effect: PUBLIC may use every type"),
      Kind(
        "owner's right lost", .compared, "an owner without a right on its own object; migrations would fail"),
    ]

  private static let tables: [Kind] = [
    Kind("owner of the database", .compared, "the administrator"),
    Kind("owner of the schema", .compared, "`pg_database_owner`; databases from PostgreSQL 14 have another"),
    Kind("owner of a table", .compared, "the administrator"),
    Kind("object of an account", .compared, "of any kind: a service's account owns nothing"),
    Kind(
      "code of an account", .named, "a table, view or routine that the manifest lacks stays the account's own"
    ),
    Kind("row security", .compared, "on, and forced, where a grant has a row scope"),
    Kind("row policy", .compared, "its roles, its command, its conditions, and whether it restricts"),
    Kind("trigger", .compared, "removed: it may run with its author's rights"),
    Kind("rule", .compared, "removed: it runs with the rights of the table's owner"),
    Kind("child table", .compared, "detached: rights on the parent cover its rows"),
    Kind("parent table", .compared, "detached, as is a partitioned one: rights on it cover the table's rows"),
    Kind("disabled foreign key", .compared, "the engine's own triggers"),
    Kind("foreign key of another table", .named, "it shows what exists, and blocks deletions"),
    Kind("computed column", .named, "a declared column may be a copy of one that its readers may not read"),
    Kind("unique key", .named, "over its columns alone, and checked at each statement"),
    Kind("constraint", .named, "checks, keys, references, exclusions and unique indexes, by name"),
    Kind("missing constraint", .named, "`bulkhead migrate check` compares what a constraint says"),
    Kind(
      "column default", .named,
      "an insert that omits the column stores it, and an identity; `migrate check` has the rest of the schema"
    ),
    Kind("index over an expression", .named, "its values are sampled, also where no column's are"),
    Kind("table option", .named, "UNLOGGED, REPLICA IDENTITY, and the type of a typed table"),
    Kind(
      "storage of a table", .outOfReach,
      "parameters, tablespace and statistics of planning cost time, no rights"),
    Kind("planner samples of hidden rows", .compared, "`EXPLAIN` would show values that a policy hides"),
    Kind("view that reads a table", .named, "in any schema; it runs with its owner's rights"),
  ]
}

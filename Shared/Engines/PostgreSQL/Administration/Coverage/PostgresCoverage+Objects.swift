import AccessAdministration

extension AccessCoverage {
  /// Objects that no migration made.
  static let objects: [Kind] = [
    ("table", "it may hold a copy; those of a newer release are explained by its migrations"),
    ("view", "it runs with its owner's rights"), ("materialized view", "it is a copy"),
    ("foreign table", "it reads another server"), ("sequence", "an account could signal through it"),
    ("routine", "it may run with its owner's rights, or stand in for one of the engine"),
    ("type", "domains and ranges run functions"), ("operator", "it may stand in for one of the engine's"),
    ("operator class", "it runs functions in an index"),
    ("cast", "it runs a function wherever it is implicit"),
    ("collation", "it changes what is equal"), ("conversion", "it runs a function at the connection"),
    ("text search configuration", "it may stand in for one of the engine's"),
    ("text search dictionary", "its template may read files"),
    ("text search parser", "it is code in the server"), ("text search template", "it is code in the server"),
    ("operator family", "it says which operators an index trusts"),
    (
      "member of an extension",
      "a relation, schema, event trigger, or routine with its owner's rights, that no script of it made"
    ),
    ("extended statistics", "they are samples of values"),
    ("schema", "the manifest lists those of others; its objects are not named one by one"),
    ("language", "an untrusted one runs code as the server"), ("access method", "it is code in the server"),
    ("transform", "it runs a function"), ("event trigger", "it runs as the role that changes the schema"),
    ("publication", "it offers rows to replication"), ("subscription", "it writes rows of another server"),
    ("foreign data wrapper", "it is code in the server"), ("foreign server", "it leads to another server"),
    ("user mapping", "it holds a password; that of an account is removed"),
    ("extension", "the trusted ones need no mention; the manifest lists others"),
  ].map { Kind("object no migration made: \($0.0)", .named, $0.1) }

  /// The database as a whole, the engine's own objects, the server, and what cannot be seen.
  static let server: [Kind] = [
    Kind("database option", .compared, "IS_TEMPLATE and CONNECTION LIMIT"),
    Kind("replication slot", .named, "those of the database; a physical one belongs to a replica"),
    Kind(
      "replaced routine of the engine", .named, "by its age, its owner, its settings and SECURITY DEFINER"),
    Kind(
      "replaced view of the engine", .named,
      "by its age, its owner and its options; a published fix needs `accepts`"),
    Kind(
      "replaced object of the engine", .named,
      "operators, families, casts, types, languages, conversions, text search: by the age of their rows"),
    Kind(
      "right that PUBLIC lost", .named,
      "on the engine's own objects, beside what the fleet withholds; `bulkhead bootstrap` lets the administrator read the "
        + "catalog where PUBLIC may not"),
    Kind("security label", .named, "of the database's and of the server's objects"),
    Kind(
      "server setting", .named,
      "those that change what a right or a statement means, or keep services from working, by the value that a session gets"
    ),
    Kind("authentication rule", .named, "where the administrator may read `pg_hba_file_rules`"),
    Kind(
      "name outside of Unicode's composed form", .named,
      "of roles, objects, columns and policies: the tool takes it for another one that looks the same"),
    Kind(
      "rights elsewhere", .named,
      "of an account on another database or a tablespace; a note on objects inside another database"),
    Kind(
      "collations of the engine", .outOfReach, "each upgrade of the operating system refreshes their versions"
    ),
    Kind("session's own settings", .outOfReach, "they end with the session"),
    Kind("temporary objects", .outOfReach, "they end with the session, and no account may create any"),
    Kind(
      "sessions that began before a change", .outOfReach,
      "rights are checked at each statement; those end that would keep a role, SUPERUSER, REPLICATION or a login by another password; a "
        + "role's settings stay"),
    Kind(
      "prepared transactions", .outOfReach,
      "off by a server setting that is compared; they hold locks, no rights, and each is a remark"),
    Kind("settings that only superusers see", .outOfReach, "preloaded libraries and log settings"),
    Kind(
      "verifiers of other roles", .outOfReach, "`pg_authid` is the superuser's; logins show the accounts' own"
    ),
    Kind(
      "bodies of the engine's routines with a changed list of rights", .outOfReach,
      "the change of the list hides their age"),
    Kind("files, libraries and processes of the server", .outOfReach, "the operating system's rights"),
    Kind("catalog of names and definitions", .residue, "every account reads it"),
    Kind("row counts and sizes", .residue, "every account reads them"),
    Kind("names of sessions and locks", .residue, "every account reads them"),
    Kind("statements of other accounts", .proven, "`pg_stat_activity` hides their text"),
    Kind("samples of hidden columns", .proven, "`pg_stats` hides them, and those of tables with hidden rows"),
    Kind(
      "estimates of hidden values", .proven, "`EXPLAIN` expects as many rows for one value as for another"),
    Kind(
      "existence through keys and EXPLAIN ANALYZE", .residue, "an account learns whether a hidden row exists"),
    Kind(
      "existence through foreign keys", .residue,
      "reported where an account of ours writes a reference to a table that it reads not at all, or in part"),
    Kind("LISTEN and NOTIFY", .residue, "no right exists for them"),
    Kind("account's own password and defaults", .residue, "`verify` names them afterwards"),
    Kind("lock of a shared table", .residue, "an account that may change rows may lock the table"),
    Kind("PUBLIC in other databases", .residue, "they are not the fleet's to close"),
    Kind("verifiers in the server's log", .residue, "where statements are logged"),
  ]
}

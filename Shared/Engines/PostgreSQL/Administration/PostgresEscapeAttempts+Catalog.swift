import AccessProof

extension EscapeAttempts {
  /// What the catalog and the server keep about others, and the kinds of objects beside tables, views and routines. The
  /// list of coverage names the same kinds; these cells show that no account can reach or make them.
  ///
  /// Statements whose effect no rollback undoes are left out: replication slots, backups, a switch of the journal.
  static let aroundGrants: [Attempt] = [
    read("the planner's samples", "SELECT stavalues1 FROM pg_statistic LIMIT 1"),
    read("authentication rules", "SELECT * FROM pg_hba_file_rules"),
    read("settings in files", "SELECT * FROM pg_file_settings"),
    read("hidden settings", "SELECT current_setting('config_file')"),
    read("the list of logs", "SELECT pg_ls_logdir()"),
    read("the list of the journal", "SELECT pg_ls_waldir()"),
    read("the list of temporary files", "SELECT pg_ls_tmpdir()"),
    read("the name of the log", "SELECT pg_current_logfile()"),
    read("shared memory", "SELECT * FROM pg_shmem_allocations"),
    read("the memory of a session", "SELECT * FROM pg_backend_memory_contexts"),
    read("connections of subscriptions", "SELECT subconninfo FROM pg_subscription"),
    read("passwords of user mappings", "SELECT umoptions FROM pg_user_mapping"),
    read("large objects", "SELECT data FROM pg_largeobject"),
    read("the progress of replication", "SELECT * FROM pg_replication_origin_status"),
    read("a file's size", "SELECT pg_stat_file('PG_VERSION')"),
    // The permission is checked before the table is looked up.
    Attempt(
      object: "server", verb: "read a file into a table", sql: "COPY bulkhead_probe_none FROM '/dev/null'",
      finds: .completionOrCode(["42P01"])),
    // A login for replication passes the same check, and copies the whole server.
    Attempt(
      object: "server", verb: "replicate", sql: "SELECT pg_drop_replication_slot('bulkhead_probe_none')",
      finds: .completionOrCode(["42704", "55000"])),
    Attempt(
      object: "server", verb: "be a member of the engine's roles",
      sql: "SELECT rolname FROM pg_roles WHERE oid < 16384 AND rolname LIKE 'pg\\_%' "
        + "AND pg_has_role(oid, 'MEMBER')",
      finds: .rows),
    Attempt(object: "database", verb: "import a file", sql: "SELECT lo_import('/dev/null')"),
    Attempt(object: "server", verb: "load a library", sql: "LOAD '/tmp/bulkhead-probe'"),
    Attempt(object: "database", verb: "alter extension", sql: "ALTER EXTENSION plpgsql UPDATE"),
    create("publication", "CREATE PUBLICATION bulkhead_probe"),
    create(
      "subscription",
      "CREATE SUBSCRIPTION bulkhead_probe CONNECTION 'dbname=none' PUBLICATION none "
        + "WITH (connect = false, slot_name = NONE)"),
    create(
      "event trigger",
      "CREATE EVENT TRIGGER bulkhead_probe ON ddl_command_start EXECUTE FUNCTION pg_catalog.now()"),
    create("cast", "CREATE CAST (text AS point) WITH INOUT"),
    create("language", "CREATE LANGUAGE bulkhead_probe HANDLER plpgsql_call_handler"),
    create("foreign data wrapper", "CREATE FOREIGN DATA WRAPPER bulkhead_probe"),
    create("access method", "CREATE ACCESS METHOD bulkhead_probe TYPE TABLE HANDLER heap_tableam_handler"),
    create("domain", "CREATE DOMAIN public.bulkhead_probe AS text"),
    create("collation", "CREATE COLLATION public.bulkhead_probe (locale = 'C')"),
    create(
      "operator",
      "CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.texteq)"),
    create("replication origin", "SELECT pg_replication_origin_create('bulkhead-probe')"),
  ]

  private static func read(_ what: String, _ sql: String) -> Attempt {
    Attempt(object: "server", verb: "read \(what)", sql: sql)
  }

  private static func create(_ what: String, _ sql: String) -> Attempt {
    Attempt(object: "database", verb: "create \(what)", sql: sql)
  }
}

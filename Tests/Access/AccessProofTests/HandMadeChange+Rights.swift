extension HandMadeChange {
  static let all = ofRights + ofObjects

  /// What roles may do, and what they are.
  static let ofRights: [HandMadeChange] = [
    tablePrivileges, columnPrivileges, columnChanges, sequencePrivileges, databasePrivileges,
    schemaPrivileges,
    otherPrivileges, ownerRights, attributes, otherAttributes, roles, predefinedMemberships, memberships,
    rowSecurity, names,
  ].flatMap { (changes: [HandMadeChange]) in changes }

  /// What is in the database and in the server, and whose it is.
  static let ofObjects: [HandMadeChange] = [
    owners, owned, ownedOfOtherKinds, tables, objects, specialObjects, server, members, furtherObjects, rules,
    engine, further,
  ].flatMap { (changes: [HandMadeChange]) in changes }

  /// One change for each privilege of a table, for an account, a stranger and PUBLIC.
  private static let tablePrivileges: [HandMadeChange] = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER",
  ].flatMap { (privilege: String) -> [HandMadeChange] in
    [
      HandMadeChange(
        "table privilege \(privilege)", #"GRANT \#(privilege) ON users TO "twitch-trigger""#,
        names: "twitch-trigger", "users", privilege),
      HandMadeChange(
        "table privilege \(privilege)", "GRANT \(privilege) ON webhooks TO PUBLIC", names: "PUBLIC",
        "webhooks",
        privilege),
      HandMadeChange(
        "table privilege \(privilege)", "CREATE ROLE stranger", "GRANT \(privilege) ON sessions TO stranger",
        names: "stranger", "sessions", privilege),
    ]
  }

  private static let columnPrivileges: [HandMadeChange] =
    ["SELECT", "INSERT", "UPDATE", "REFERENCES"].map { (privilege: String) -> HandMadeChange in
      HandMadeChange(
        "column privilege \(privilege)", #"GRANT \#(privilege) (password) ON users TO "analytics-ro""#,
        names: "analytics-ro", "users", privilege, column: "password")
    }

  private static let columnChanges: [HandMadeChange] = [
    HandMadeChange(
      "missing privilege", #"REVOKE INSERT ON users FROM "backend-api-rw""#, names: "backend-api-rw",
      "users",
      "INSERT"),
    HandMadeChange(
      "missing privilege", #"REVOKE SELECT (role) ON users FROM "analytics-ro""#, names: "analytics-ro",
      "users", "SELECT", column: "role"),
    HandMadeChange(
      "grant option", #"GRANT DELETE ON users TO "backend-api-rw" WITH GRANT OPTION"#,
      names: "backend-api-rw", "users", "DELETE"),
  ]

  private static let sequencePrivileges: [HandMadeChange] =
    ["USAGE", "SELECT", "UPDATE"].map { (privilege: String) -> HandMadeChange in
      HandMadeChange(
        "sequence privilege", #"GRANT \#(privilege) ON SEQUENCE users_id_seq TO "connector-rw""#,
        names: "connector-rw", "users_id_seq", privilege)
    }

  private static let databasePrivileges: [HandMadeChange] =
    ["CONNECT", "CREATE", "TEMPORARY"].map { (privilege: String) -> HandMadeChange in
      HandMadeChange(
        "database privilege", "GRANT \(privilege) ON DATABASE app_db TO PUBLIC", names: "PUBLIC", "app_db",
        privilege)
    }

  private static let schemaPrivileges: [HandMadeChange] =
    ["USAGE", "CREATE"].map { (privilege: String) -> HandMadeChange in
      HandMadeChange(
        "schema privilege", "GRANT \(privilege) ON SCHEMA public TO PUBLIC", names: "PUBLIC", "public",
        privilege)
    }

  private static let otherPrivileges: [HandMadeChange] = [
    HandMadeChange(
      "schema privilege", #"REVOKE USAGE ON SCHEMA public FROM "analytics-ro""#, names: "analytics-ro",
      "public",
      "USAGE"),
    HandMadeChange(
      "database privilege", #"GRANT CREATE ON DATABASE app_db TO "connector-rw""#, names: "connector-rw",
      "app_db", "CREATE"),
    HandMadeChange(
      "view privilege", "CREATE VIEW peek AS SELECT email FROM users",
      #"GRANT SELECT ON peek TO "connector-rw""#,
      names: "connector-rw", "peek", "SELECT"),
    HandMadeChange(
      "routine privilege", "CREATE FUNCTION peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      names: "PUBLIC", "peek()", "EXECUTE"),
    HandMadeChange(
      "privilege on the engine's routines",
      #"GRANT EXECUTE ON FUNCTION pg_read_file(text) TO "connector-rw""#,
      names: "connector-rw", "pg_catalog.pg_read_file(text)", "EXECUTE"),
    HandMadeChange(
      "privilege on the engine's routines", "GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO PUBLIC",
      names: "PUBLIC", "pg_catalog.pg_ls_dir(text)", "EXECUTE"),
    HandMadeChange(
      "privilege on the engine's relations", #"GRANT SELECT ON pg_authid TO "connector-rw""#,
      names: "connector-rw", "pg_catalog.pg_authid", "SELECT"),
    HandMadeChange(
      "privilege on the engine's relations", "GRANT SELECT ON pg_statistic TO PUBLIC", names: "PUBLIC",
      "pg_catalog.pg_statistic", "SELECT"),
    HandMadeChange(
      "language privilege", #"GRANT USAGE ON LANGUAGE plpgsql TO "connector-rw""#, names: "connector-rw",
      "plpgsql", "USAGE"),
    HandMadeChange(
      "type privilege", "CREATE DOMAIN short AS text", #"GRANT USAGE ON TYPE short TO "connector-rw""#,
      names: "connector-rw", "short", "USAGE"),
    HandMadeChange(
      "large object privilege", "SELECT lo_create(4711)", "GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC",
      names: "PUBLIC", "4711", "SELECT"),
    HandMadeChange(
      "foreign server privilege", "CREATE FOREIGN DATA WRAPPER w", "CREATE SERVER s FOREIGN DATA WRAPPER w",
      #"GRANT USAGE ON FOREIGN SERVER s TO "connector-rw""#, names: "connector-rw", "s", "USAGE"),
    HandMadeChange(
      "foreign data wrapper privilege", "CREATE FOREIGN DATA WRAPPER w",
      #"GRANT USAGE ON FOREIGN DATA WRAPPER w TO "connector-rw""#, names: "connector-rw", "w", "USAGE"),
    HandMadeChange(
      "parameter privilege", #"GRANT SET ON PARAMETER session_replication_role TO "connector-rw""#,
      names: "connector-rw", "session_replication_role", "SET"),
    HandMadeChange(
      "parameter privilege", #"GRANT ALTER SYSTEM ON PARAMETER log_statement TO "connector-rw""#,
      names: "connector-rw", "log_statement", "ALTER SYSTEM"),
    HandMadeChange(
      "tablespace privilege", #"GRANT CREATE ON TABLESPACE pg_default TO "connector-rw""#,
      names: "connector-rw", "pg_default", "CREATE"),
    HandMadeChange(
      "default privileges", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", names: "PUBLIC",
      "future tables", "SELECT"),
    HandMadeChange(
      "default privileges of others", "CREATE ROLE app2",
      "ALTER DEFAULT PRIVILEGES FOR ROLE app2 GRANT SELECT ON TABLES TO PUBLIC", names: "PUBLIC",
      "future tables", "SELECT", isMended: false),
    HandMadeChange(
      "default privileges", "CREATE ROLE app2",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE app2 GRANT EXECUTE ON FUNCTIONS TO "analytics-ro""#,
      names: "analytics-ro", "future routines", "EXECUTE"),
    HandMadeChange(
      "default privileges",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "migrate-admin" GRANT USAGE ON SEQUENCES TO "connector-rw""#,
      names: "connector-rw", "future sequences", "USAGE"),
    HandMadeChange(
      "default privileges",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "migrate-admin" GRANT EXECUTE ON ROUTINES TO PUBLIC"#,
      names: "PUBLIC", "future routines", "EXECUTE"),
    HandMadeChange(
      "default privileges",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "migrate-admin" GRANT USAGE ON SCHEMAS TO "connector-rw""#,
      names: "connector-rw", "future schemas", "USAGE"),
  ]

  private static let ownerRights: [HandMadeChange] = [
    HandMadeChange(
      "default privileges of an account",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "twitch-trigger" GRANT SELECT ON TABLES TO PUBLIC"#,
      names: "twitch-trigger", "future tables", "SELECT", isNote: true, isMended: false),
    HandMadeChange(
      "owner's right lost", #"REVOKE SELECT ON users FROM "migrate-admin""#, names: "migrate-admin", "users",
      "SELECT"),
    HandMadeChange(
      "owner's right lost", #"REVOKE UPDATE ON SEQUENCE events_id_seq FROM "migrate-admin""#,
      names: "migrate-admin", "events_id_seq", "UPDATE"),
    HandMadeChange(
      "owner's right lost", #"REVOKE CREATE ON DATABASE app_db FROM "migrate-admin""#, names: "migrate-admin",
      "app_db", "CREATE"),
    HandMadeChange(
      "owner's right lost", "REVOKE CREATE ON SCHEMA public FROM pg_database_owner",
      names: "pg_database_owner",
      "public", "CREATE"),
  ]
}

extension HandMadeChange {
  static let attributes: [HandMadeChange] =
    ["SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"].map {
      (attribute: String) -> HandMadeChange in
      HandMadeChange(
        "attribute of an account", #"ALTER ROLE "connector-rw" \#(attribute)"#, names: "connector-rw", "role",
        attribute)
    }

  static let otherAttributes: [HandMadeChange] =
    ["REPLICATION", "BYPASSRLS"].map { (attribute: String) -> HandMadeChange in
      HandMadeChange(
        "attribute of another role", "CREATE ROLE stranger \(attribute)", names: "stranger", "stranger",
        attribute,
        isMended: false)
    }

  static let roles: [HandMadeChange] = [
    HandMadeChange(
      "attribute of another role", "CREATE ROLE stranger CREATEROLE", names: "stranger", "stranger",
      "CREATEROLE",
      isNote: true, isMended: false),
    HandMadeChange(
      "superuser outside the manifest", "CREATE ROLE stranger SUPERUSER", names: "stranger", "role",
      "SUPERUSER",
      isMended: false),
    HandMadeChange(
      "attribute of an account", #"ALTER ROLE "connector-rw" NOLOGIN"#, names: "connector-rw", "role",
      "LOGIN"),
    HandMadeChange(
      "attribute of an account", #"ALTER ROLE "migrate-admin" NOCREATEROLE"#, names: "migrate-admin",
      "role",
      "CREATEROLE"),
    HandMadeChange(
      "expiry of a password", #"ALTER ROLE "connector-rw" VALID UNTIL '2020-01-01'"#, names: "connector-rw",
      "role", "VALID UNTIL"),
    HandMadeChange(
      "connection limit of an account", #"ALTER ROLE "connector-rw" CONNECTION LIMIT 0"#,
      names: "connector-rw",
      "role", "CONNECTION LIMIT"),
    HandMadeChange(
      "setting of an account", #"ALTER ROLE "connector-rw" SET statement_timeout = 0"#,
      names: "connector-rw",
      "role", "statement_timeout"),
    HandMadeChange(
      "setting of an account", #"ALTER ROLE "connector-rw" SET search_path = pg_temp, public"#,
      names: "connector-rw", "role", "search_path"),
    HandMadeChange(
      "setting of an account", #"ALTER ROLE "connector-rw" SET row_security = off"#, names: "connector-rw",
      "role", "row_security"),
    HandMadeChange(
      "setting of an account in the database",
      #"ALTER ROLE "connector-rw" IN DATABASE app_db SET statement_timeout = 0"#, names: "connector-rw",
      "role",
      "statement_timeout"),
    HandMadeChange(
      "setting of the database", "ALTER DATABASE app_db SET search_path = public", names: "PUBLIC",
      "database",
      "search_path"),
    HandMadeChange(
      "setting of the database", "ALTER DATABASE app_db SET timezone = 'Asia/Kathmandu'", names: "PUBLIC",
      "database", "TimeZone"),
    HandMadeChange(
      "setting of every role", "ALTER ROLE ALL SET statement_timeout = 0", names: "PUBLIC", "server",
      "statement_timeout"),
    HandMadeChange(
      "missing account", #"DROP OWNED BY "analytics-ro""#, #"DROP ROLE "analytics-ro""#,
      names: "analytics-ro",
      "role", "LOGIN"),
  ]

  private static let predefined = [
    "pg_read_all_data", "pg_write_all_data", "pg_monitor", "pg_read_all_settings", "pg_read_all_stats",
    "pg_stat_scan_tables", "pg_signal_backend", "pg_read_server_files", "pg_write_server_files",
    "pg_execute_server_program", "pg_checkpoint", "pg_create_subscription", "pg_use_reserved_connections",
  ]

  static let predefinedMemberships: [HandMadeChange] =
    predefined.flatMap { (role: String) -> [HandMadeChange] in
      [
        HandMadeChange(
          "membership of an account in a predefined role", #"GRANT \#(role) TO "connector-rw""#,
          names: "connector-rw", role, "MEMBER"),
        HandMadeChange(
          "membership of another role in a predefined role", "CREATE ROLE stranger",
          "GRANT \(role) TO stranger",
          names: "stranger", role, "MEMBER", isMended: false),
      ]
    }

  static let memberships: [HandMadeChange] = [
    HandMadeChange(
      "membership of an account", #"GRANT "backend-api-rw" TO "connector-rw""#, names: "connector-rw",
      "backend-api-rw", "MEMBER"),
    HandMadeChange(
      "membership of an account", "CREATE ROLE group_of_others",
      #"GRANT group_of_others TO "connector-rw""#,
      names: "connector-rw", "group_of_others", "MEMBER"),
    HandMadeChange(
      "membership in an account", "CREATE ROLE stranger", #"GRANT "connector-rw" TO stranger"#,
      names: "stranger",
      "connector-rw", "MEMBER"),
    HandMadeChange(
      "membership in an account", "CREATE ROLE stranger",
      #"GRANT "migrate-admin" TO stranger WITH INHERIT FALSE, SET TRUE"#, names: "stranger",
      "migrate-admin",
      "MEMBER"),
    HandMadeChange(
      "option of a membership", #"GRANT "connector-rw" TO "migrate-admin" WITH INHERIT TRUE"#,
      names: "migrate-admin", "connector-rw", "MEMBER"),
    HandMadeChange(
      "administration of an account", #"REVOKE "connector-rw" FROM "migrate-admin""#,
      names: "migrate-admin",
      "connector-rw", "ADMIN"),
  ]

  static let rowSecurity: [HandMadeChange] = [
    HandMadeChange(
      "row security", "ALTER TABLE events DISABLE ROW LEVEL SECURITY", names: "PUBLIC", "events",
      "ROW SECURITY"),
    HandMadeChange(
      "row security", "ALTER TABLE events NO FORCE ROW LEVEL SECURITY", names: "PUBLIC", "events",
      "ROW SECURITY"),
    HandMadeChange(
      "row security", "ALTER TABLE users ENABLE ROW LEVEL SECURITY", names: "PUBLIC", "users", "ROW SECURITY"),
    HandMadeChange(
      "row policy", #"CREATE POLICY more ON events FOR SELECT TO "twitch-trigger" USING (true)"#,
      names: "twitch-trigger", "events", "POLICY more"),
    HandMadeChange(
      "row policy", "CREATE POLICY fewer ON events AS RESTRICTIVE FOR SELECT TO PUBLIC USING (false)",
      names: "PUBLIC", "events", "POLICY fewer"),
    HandMadeChange(
      "row policy", #"DROP POLICY "connector-rw select" ON events"#, names: "connector-rw", "events",
      "POLICY connector-rw select"),
    HandMadeChange(
      "row policy", #"ALTER POLICY "twitch-trigger select" ON platform_integrations USING (true)"#,
      names: "twitch-trigger", "platform_integrations", "POLICY twitch-trigger select"),
    HandMadeChange(
      "row policy", #"ALTER POLICY "twitch-trigger select" ON platform_integrations TO PUBLIC"#,
      names: "twitch-trigger", "platform_integrations", "POLICY twitch-trigger select"),
    HandMadeChange(
      "row policy",
      #"ALTER POLICY "twitch-trigger update" ON platform_integrations WITH CHECK (platform IN ('twitch', 'discord'))"#,
      names: "twitch-trigger", "platform_integrations", "POLICY twitch-trigger update"),
  ]

  private static let named: [(String, String, String)] = [
    ("owner of the database", #"ALTER DATABASE app_db OWNER TO "connector-rw""#, "app_db"),
    ("owner of the schema", #"ALTER SCHEMA public OWNER TO "connector-rw""#, "public"),
    ("owner of a table", #"ALTER TABLE users OWNER TO "connector-rw""#, "users"),
  ]

  static let owners: [HandMadeChange] = named.map { (kind, statement, object) -> HandMadeChange in
    HandMadeChange(kind, statement, names: "connector-rw", object, "OWNER")
  }

  static let owned: [HandMadeChange] = [
    HandMadeChange(
      "owner of the schema", "ALTER SCHEMA public OWNER TO postgres", names: "postgres", "public", "OWNER"),
    HandMadeChange(
      "code of an account", "CREATE VIEW peek AS SELECT 1 AS one",
      #"ALTER VIEW peek OWNER TO "connector-rw""#,
      names: "connector-rw", "peek", "OWNER", isMended: false),
    HandMadeChange(
      "object of an account", "CREATE SEQUENCE peek", #"ALTER SEQUENCE peek OWNER TO "connector-rw""#,
      names: "connector-rw", "peek", "OWNER"),
    HandMadeChange(
      "code of an account", "CREATE FUNCTION peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      #"ALTER FUNCTION peek() OWNER TO "connector-rw""#, names: "connector-rw", "peek()", "OWNER",
      isMended: false),
    HandMadeChange(
      "object of an account", #"CREATE SCHEMA theirs AUTHORIZATION "connector-rw""#, names: "connector-rw",
      "theirs", "OWNER"),
    HandMadeChange(
      "object of an account", "SELECT lo_create(4711)", #"ALTER LARGE OBJECT 4711 OWNER TO "connector-rw""#,
      names: "connector-rw", "4711", "OWNER"),
  ]

  /// Kinds of objects whose owner only the dependencies show.
  private static let otherKinds: [(String, String, String)] = [
    ("CREATE DOMAIN theirs AS text", "DOMAIN theirs", "public.theirs"),
    ("CREATE COLLATION theirs (locale = 'C')", "COLLATION theirs", "public.theirs"),
    ("CREATE STATISTICS theirs ON day, metric FROM rollups", "STATISTICS theirs", "public.theirs"),
    ("CREATE PUBLICATION theirs", "PUBLICATION theirs", "theirs"),
    (
      "CREATE TEXT SEARCH CONFIGURATION theirs (COPY = pg_catalog.simple)",
      "TEXT SEARCH CONFIGURATION theirs",
      "public.theirs"
    ),
    (
      "CREATE OPERATOR @@@ (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)", "OPERATOR @@@ (text, text)",
      "public.@@@(pg_catalog.text,pg_catalog.text)"
    ),
  ]

  static let ownedOfOtherKinds: [HandMadeChange] = otherKinds.map {
    (creation, target, name) -> HandMadeChange in
    HandMadeChange(
      "object of an account", creation, #"GRANT CREATE ON DATABASE app_db TO "connector-rw""#,
      #"GRANT CREATE ON SCHEMA public TO "connector-rw""#, #"ALTER \#(target) OWNER TO "connector-rw""#,
      names: "connector-rw", name, "OWNED OBJECT")
  }
}

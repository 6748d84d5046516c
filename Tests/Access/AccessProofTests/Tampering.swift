import Testing

/// A change of rights without the tool, with the expected deviation and violation.
struct Tampering: Sendable, CustomTestStringConvertible {
  /// The account that makes the change.
  enum By: Sendable {
    case superuser, administrator, cacheAdministrator
  }

  let what: String
  let by: By
  let statements: [String]
  /// The deviation that `verify` must report: account, object, privilege, column.
  let deviation: Named
  /// The violation that `prove` must report, where the change affects an account: account, object, verb, column or
  /// row.
  var violation: Named?
  /// Whether only the superuser can revert the change.
  var needsSuperuser = false
  /// The superuser's statements that remove what the plan leaves alone: objects that may hold rows or code of others.
  var cleanup: [String] = []

  struct Named: Sendable, Equatable {
    let account: String
    let object: String
    let action: String
    var detail: String?

    init(_ account: String, _ object: String, _ action: String, _ detail: String? = nil) {
      self.account = account
      self.object = object
      self.action = action
      self.detail = detail
    }
  }

  var testDescription: String { what }
}

extension Tampering {
  static let widened: [Tampering] = [
    Tampering(
      what: "a table grant", by: .superuser, statements: [#"GRANT SELECT ON users TO "connector-rw""#],
      deviation: Named("connector-rw", "users", "SELECT"),
      violation: Named("connector-rw", "users", "select", "password")),
    Tampering(
      what: "TRUNCATE on a table", by: .administrator,
      statements: [#"GRANT TRUNCATE ON webhooks TO "connector-rw""#],
      deviation: Named("connector-rw", "webhooks", "TRUNCATE"),
      violation: Named("connector-rw", "webhooks", "truncate")),
    Tampering(
      what: "TRIGGER on a table", by: .administrator,
      statements: [#"GRANT TRIGGER ON webhooks TO "connector-rw""#],
      deviation: Named("connector-rw", "webhooks", "TRIGGER"),
      violation: Named("connector-rw", "webhooks", "create trigger")),
    Tampering(
      what: "REFERENCES on a table", by: .administrator,
      statements: [#"GRANT REFERENCES ON users TO "connector-rw""#],
      deviation: Named("connector-rw", "users", "REFERENCES")),
    Tampering(
      what: "USAGE on a table's sequence", by: .administrator,
      statements: [#"GRANT USAGE ON SEQUENCE events_id_seq TO "analytics-ro""#],
      deviation: Named("analytics-ro", "events_id_seq", "USAGE"),
      violation: Named("analytics-ro", "events", "draw from its sequence")),
    Tampering(
      what: "a column grant", by: .superuser,
      statements: [#"GRANT SELECT (email) ON users TO "analytics-ro""#],
      deviation: Named("analytics-ro", "users", "SELECT", "email"),
      violation: Named("analytics-ro", "users", "select", "email")),
    Tampering(
      what: "a table grant beside column grants", by: .superuser,
      statements: [#"GRANT SELECT ON sessions TO "analytics-ro""#],
      deviation: Named("analytics-ro", "sessions", "SELECT"),
      violation: Named("analytics-ro", "sessions", "select", "token_hash")),
    Tampering(
      what: "the choice of a row's id", by: .administrator,
      statements: [#"GRANT INSERT (id) ON events TO "twitch-trigger""#],
      deviation: Named("twitch-trigger", "events", "INSERT", "id"),
      violation: Named("twitch-trigger", "events", "insert", "id")),
    Tampering(
      what: "a policy for reading", by: .superuser,
      statements: [#"ALTER POLICY "twitch-trigger select" ON platform_integrations USING (true)"#],
      deviation: Named("twitch-trigger", "platform_integrations", "POLICY twitch-trigger select"),
      violation: Named("twitch-trigger", "platform_integrations", "select row", "platform=discord")),
    Tampering(
      what: "a policy for writing", by: .superuser,
      statements: [#"ALTER POLICY "connector-rw insert" ON events WITH CHECK (true)"#],
      deviation: Named("connector-rw", "events", "POLICY connector-rw insert"),
      violation: Named("connector-rw", "events", "insert row", "source=backend-api")),
    Tampering(
      what: "a policy for moving rows", by: .superuser,
      statements: [
        #"DROP POLICY "discord-trigger update" ON platform_integrations"#,
        #"CREATE POLICY "discord-trigger update" ON platform_integrations FOR UPDATE TO "discord-trigger" "#
          + "USING ((platform)::text = 'discord'::text) WITH CHECK (true)",
      ],
      deviation: Named("discord-trigger", "platform_integrations", "POLICY discord-trigger update"),
      violation: Named(
        "discord-trigger", "platform_integrations", "move row away at a cursor", "platform=discord")
    ),
    Tampering(
      what: "a policy for everyone", by: .superuser,
      statements: ["CREATE POLICY extra ON platform_integrations USING (true)"],
      deviation: Named("PUBLIC", "platform_integrations", "POLICY extra"),
      violation: Named("discord-trigger", "platform_integrations", "delete row", "platform=twitch")),
    Tampering(
      what: "row security switched off", by: .administrator,
      statements: ["ALTER TABLE events DISABLE ROW LEVEL SECURITY"],
      deviation: Named("PUBLIC", "events", "ROW SECURITY"),
      violation: Named("backend-api-rw", "events", "insert row", "source=connector")),
    Tampering(
      what: "row security not forced", by: .administrator,
      statements: ["ALTER TABLE events NO FORCE ROW LEVEL SECURITY"],
      deviation: Named("PUBLIC", "events", "ROW SECURITY")),
    Tampering(
      what: "a PUBLIC grant on a table", by: .superuser, statements: ["GRANT SELECT ON settings TO PUBLIC"],
      deviation: Named("PUBLIC", "settings", "SELECT"),
      violation: Named("twitch-trigger", "settings", "select", "value")),
    Tampering(
      what: "a PUBLIC grant on the schema", by: .superuser,
      statements: ["GRANT CREATE ON SCHEMA public TO PUBLIC"], deviation: Named("PUBLIC", "public", "CREATE"),
      violation: Named("analytics-ro", "schema public", "create table")),
    Tampering(
      what: "a PUBLIC grant on the database", by: .administrator,
      statements: ["GRANT TEMPORARY ON DATABASE app_db TO PUBLIC"],
      deviation: Named("PUBLIC", "app_db", "TEMPORARY"),
      violation: Named("connector-rw", "database", "create temporary table")),
    Tampering(
      what: "a function that everyone may call", by: .administrator,
      statements: [
        "CREATE FUNCTION leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM users'",
        "GRANT EXECUTE ON FUNCTION leak() TO PUBLIC",
      ],
      deviation: Named("PUBLIC", "leak()", "EXECUTE"), cleanup: ["DROP FUNCTION leak()"]),
    Tampering(
      what: "default privileges for everyone", by: .administrator,
      statements: ["ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"],
      deviation: Named("PUBLIC", "future tables", "SELECT")),
    Tampering(
      what: "a grant option", by: .administrator,
      statements: [#"GRANT SELECT ON users TO "backend-api-rw" WITH GRANT OPTION"#],
      deviation: Named("backend-api-rw", "users", "SELECT")),
    Tampering(
      what: "a role outside the manifest", by: .superuser,
      statements: [
        "DO $$ BEGIN CREATE ROLE stranger; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "GRANT UPDATE (role) ON users TO stranger",
      ],
      deviation: Named("stranger", "users", "UPDATE", "role")),
    Tampering(
      what: "a connection limit", by: .administrator,
      statements: [#"ALTER ROLE "analytics-ro" CONNECTION LIMIT -1"#],
      deviation: Named("analytics-ro", "role", "CONNECTION LIMIT")),
    Tampering(
      what: "a statement timeout", by: .administrator,
      statements: [#"ALTER ROLE "analytics-ro" SET statement_timeout = 0"#],
      deviation: Named("analytics-ro", "role", "statement_timeout")),
    Tampering(
      what: "a timeout in this database only", by: .superuser,
      statements: [#"ALTER ROLE "analytics-ro" IN DATABASE app_db SET statement_timeout = 0"#],
      deviation: Named("analytics-ro", "role", "statement_timeout")),
    Tampering(
      what: "a password", by: .administrator, statements: [#"ALTER ROLE "connector-rw" PASSWORD 'guessed'"#],
      deviation: Named("connector-rw", "role", "PASSWORD"),
      violation: Named("connector-rw", "database", "connect")),
  ]

  static let aboveTheAdministrator: [Tampering] = [
    Tampering(
      what: "BYPASSRLS", by: .superuser, statements: [#"ALTER ROLE "twitch-trigger" BYPASSRLS"#],
      deviation: Named("twitch-trigger", "role", "BYPASSRLS"),
      violation: Named("twitch-trigger", "platform_integrations", "select row", "platform=discord"),
      needsSuperuser: true),
    Tampering(
      what: "a superuser", by: .superuser, statements: [#"ALTER ROLE "analytics-ro" SUPERUSER"#],
      deviation: Named("analytics-ro", "role", "SUPERUSER"),
      violation: Named("analytics-ro", "users", "select", "password"), needsSuperuser: true),
    Tampering(
      what: "a membership", by: .superuser, statements: [#"GRANT "backend-api-rw" TO "connector-rw""#],
      deviation: Named("connector-rw", "backend-api-rw", "MEMBER"),
      violation: Named("connector-rw", "users", "select", "email"), needsSuperuser: true),
    Tampering(
      what: "an administrator with SET ROLE to an account", by: .superuser,
      statements: [#"GRANT "backend-api-rw" TO "migrate-admin" WITH SET TRUE"#],
      deviation: Named("migrate-admin", "backend-api-rw", "MEMBER"), needsSuperuser: true),
    Tampering(
      what: "a membership that opens every table", by: .superuser,
      statements: [#"GRANT pg_read_all_data TO "discord-trigger""#],
      deviation: Named("discord-trigger", "pg_read_all_data", "MEMBER"),
      violation: Named("discord-trigger", "sessions", "select", "token_hash"), needsSuperuser: true),
    Tampering(
      what: "an owner", by: .superuser, statements: [#"ALTER TABLE rollups OWNER TO "analytics-ro""#],
      deviation: Named("analytics-ro", "rollups", "OWNER"),
      violation: Named("analytics-ro", "rollups", "delete"), needsSuperuser: true),
    Tampering(
      what: "a BYPASSRLS administrator", by: .superuser,
      statements: [#"ALTER ROLE "migrate-admin" BYPASSRLS"#],
      deviation: Named("migrate-admin", "role", "BYPASSRLS"), needsSuperuser: true),
  ]

  static let narrowed: [Tampering] = [
    Tampering(
      what: "a table grant", by: .administrator,
      statements: [#"REVOKE DELETE ON webhooks FROM "connector-rw""#],
      deviation: Named("connector-rw", "webhooks", "DELETE"),
      violation: Named("connector-rw", "webhooks", "delete")),
    Tampering(
      what: "a column grant", by: .administrator,
      statements: [#"REVOKE SELECT (active) ON users FROM "analytics-ro""#],
      deviation: Named("analytics-ro", "users", "SELECT", "active"),
      violation: Named("analytics-ro", "users", "select", "active")),
    Tampering(
      what: "a policy", by: .administrator, statements: [#"DROP POLICY "connector-rw select" ON events"#],
      deviation: Named("connector-rw", "events", "POLICY connector-rw select"),
      violation: Named("connector-rw", "events", "select row", "source=backend-api")),
    Tampering(
      what: "the right to connect", by: .administrator,
      statements: [#"REVOKE CONNECT ON DATABASE app_db FROM "discord-trigger""#],
      deviation: Named("discord-trigger", "app_db", "CONNECT"),
      violation: Named("discord-trigger", "database", "connect")),
    Tampering(
      what: "the schema", by: .administrator,
      statements: [#"REVOKE USAGE ON SCHEMA public FROM "analytics-ro""#],
      deviation: Named("analytics-ro", "public", "USAGE"),
      violation: Named("analytics-ro", "rollups", "select", "value")),
    Tampering(
      what: "the right to log in", by: .administrator, statements: [#"ALTER ROLE "analytics-ro" NOLOGIN"#],
      deviation: Named("analytics-ro", "role", "LOGIN"),
      violation: Named("analytics-ro", "database", "connect")),
    Tampering(
      what: "the administrator's own policy", by: .administrator,
      statements: [#"DROP POLICY "migrate-admin all" ON platform_integrations"#],
      deviation: Named("migrate-admin", "platform_integrations", "POLICY migrate-admin all")),
  ]

  static let cache: [Tampering] = [
    Tampering(
      what: "another service's keys", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache ~backend-api:*"],
      deviation: Named("connector-cache", "~backend-api:*", "keys"),
      violation: Named("connector-cache", "backend-api:*", "read GET")),
    Tampering(
      what: "a dangerous command", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache +flushall"],
      deviation: Named("connector-cache", "commands", "flushall"),
      violation: Named("connector-cache", "server", "dangerous FLUSHALL bulkhead-probe")),
    Tampering(
      what: "copies to another database", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache +copy"],
      deviation: Named("connector-cache", "commands", "copy"),
      violation: Named("connector-cache", "connector:*", "databases COPY")),
    Tampering(
      what: "write commands", by: .cacheAdministrator,
      statements: ["ACL SETUSER analytics-cache resetkeys ~analytics:* +set"],
      deviation: Named("analytics-cache", "~analytics:*", "keys"),
      violation: Named("analytics-cache", "analytics:*", "write SET")),
    Tampering(
      what: "a selector", by: .cacheAdministrator,
      statements: ["ACL SETUSER analytics-cache (+get ~backend-api:*)"],
      deviation: Named("analytics-cache", "(~backend-api:* resetchannels -@all +get)", "selector"),
      violation: Named("analytics-cache", "backend-api:*", "read GET")),
    Tampering(
      what: "channels", by: .cacheAdministrator, statements: ["ACL SETUSER connector-cache &* +subscribe"],
      deviation: Named("connector-cache", "&*", "channels"),
      violation: Named("connector-cache", "server", "pubsub SUBSCRIBE bulkhead-probe")),
    Tampering(
      what: "a second password", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache >guessed"],
      deviation: Named("connector-cache", "user", "password"),
      violation: Named("connector-cache", "user", "hold password")),
    Tampering(
      what: "login without a password", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache nopass"],
      deviation: Named("connector-cache", "user", "nopass"),
      violation: Named("connector-cache", "server", "log in with a wrong password")),
    Tampering(
      what: "login of the administrator without a password", by: .cacheAdministrator,
      statements: ["ACL SETUSER cache-admin nopass"], deviation: Named("cache-admin", "user", "nopass"),
      violation: Named("cache-admin", "server", "log in without a password")),
    Tampering(
      what: "a second password of the administrator", by: .cacheAdministrator,
      statements: ["ACL SETUSER cache-admin >guessed"], deviation: Named("cache-admin", "user", "password"),
      violation: Named("cache-admin", "user", "hold password")),
    Tampering(
      what: "the default user", by: .cacheAdministrator,
      statements: ["ACL SETUSER default on nopass ~* +@all"], deviation: Named("default", "user", "on"),
      violation: Named("anonymous", "server", "log in without a password")),
    Tampering(
      what: "a user outside the manifest", by: .cacheAdministrator,
      statements: ["ACL SETUSER stranger on >x ~* +get"],
      deviation: Named("stranger", "~*", "user"), violation: Named("stranger", "~*", "hold user")),
    Tampering(
      what: "a revoked command", by: .cacheAdministrator, statements: ["ACL SETUSER backend-api-cache -get"],
      deviation: Named("backend-api-cache", "commands", "get"),
      violation: Named("backend-api-cache", "backend-api:*", "read GET")),
    Tampering(
      what: "revoked keys", by: .cacheAdministrator,
      statements: ["ACL SETUSER twitch-trigger-cache resetkeys"],
      deviation: Named("twitch-trigger-cache", "~twitch-trigger:*", "keys"),
      violation: Named("twitch-trigger-cache", "twitch-trigger:*", "write SET")),
    Tampering(
      what: "a disabled user", by: .cacheAdministrator,
      statements: ["ACL SETUSER discord-trigger-cache off"],
      deviation: Named("discord-trigger-cache", "user", "on"),
      violation: Named("discord-trigger-cache", "server", "connect")),
  ]
}

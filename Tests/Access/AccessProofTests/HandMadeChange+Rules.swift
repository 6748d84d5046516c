/// Changes of what the tables accept, of members of extensions, and of the engine's own objects.
extension HandMadeChange {
  private static let member = "object no migration made: member of an extension"

  /// `ALTER EXTENSION ... ADD` takes an object out of every list of rights.
  static let members: [HandMadeChange] = [
    HandMadeChange(
      member, "CREATE TABLE copied AS SELECT * FROM users", "GRANT SELECT ON copied TO PUBLIC",
      "CREATE EXTENSION hstore", "ALTER EXTENSION hstore ADD TABLE copied", names: "postgres", "copied",
      "TABLE",
      isMended: false),
    HandMadeChange(
      member, "CREATE VIEW peek AS SELECT email FROM users", "CREATE EXTENSION hstore",
      "ALTER EXTENSION hstore ADD VIEW peek", names: "postgres", "peek", "VIEW", isMended: false),
    HandMadeChange(
      member,
      "CREATE FUNCTION leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM users'",
      "CREATE EXTENSION hstore", "ALTER EXTENSION hstore ADD FUNCTION leak()", names: "postgres", "leak()",
      "ROUTINE", isMended: false),
    // The savepoint makes the member younger than the extension, as another transaction does.
    HandMadeChange(
      member, "CREATE EXTENSION pageinspect", "SAVEPOINT later", "CREATE TABLE copied AS SELECT * FROM users",
      "ALTER EXTENSION pageinspect ADD TABLE copied", names: "postgres", "copied", "TABLE", isMended: false),
    // An update writes the extension's row anew.
    HandMadeChange(
      member, "CREATE EXTENSION pageinspect VERSION '1.8'", "SAVEPOINT later",
      "CREATE VIEW peek AS SELECT email FROM users", "ALTER EXTENSION pageinspect ADD VIEW peek",
      "SAVEPOINT latest", "ALTER EXTENSION pageinspect UPDATE", names: "postgres", "peek", "VIEW",
      isMended: false),
    HandMadeChange(
      member, "GRANT SELECT ON users TO PUBLIC", "ALTER EXTENSION plpgsql ADD TABLE users", names: "PUBLIC",
      "users", "SELECT"),
    HandMadeChange(
      member, #"GRANT SELECT (email) ON users TO "analytics-ro""#, "ALTER EXTENSION plpgsql ADD TABLE users",
      names: "analytics-ro", "users", "SELECT", column: "email"),
    HandMadeChange(
      member, "CREATE SEQUENCE counted", "GRANT USAGE ON SEQUENCE counted TO PUBLIC",
      "ALTER EXTENSION plpgsql ADD SEQUENCE counted", names: "PUBLIC", "counted", "USAGE"),
    HandMadeChange(
      member, "CREATE SCHEMA peek", "GRANT CREATE, USAGE ON SCHEMA peek TO PUBLIC",
      "ALTER EXTENSION plpgsql ADD SCHEMA peek", names: "postgres", "peek", "SCHEMA", isMended: false),
    HandMadeChange(
      member, "CREATE FUNCTION peek() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
      "CREATE EVENT TRIGGER peek ON sql_drop EXECUTE FUNCTION peek()",
      "ALTER EXTENSION plpgsql ADD FUNCTION peek()", "ALTER EXTENSION plpgsql ADD EVENT TRIGGER peek",
      names: "postgres", "peek", "EVENT TRIGGER", isMended: false),
  ]

  /// Objects of further kinds.
  static let furtherObjects: [HandMadeChange] = [
    HandMadeChange(
      "object no migration made: text search parser",
      "CREATE TEXT SEARCH PARSER peek (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, "
        + "LEXTYPES = prsd_lextype)", names: "PUBLIC", "peek", "TEXT SEARCH PARSER", isMended: false),
    HandMadeChange(
      "object no migration made: text search template",
      "CREATE TEXT SEARCH TEMPLATE peek (LEXIZE = dsimple_lexize)", names: "PUBLIC", "peek",
      "TEXT SEARCH TEMPLATE", isMended: false),
    HandMadeChange(
      "object no migration made: operator family", "CREATE OPERATOR FAMILY peek USING btree",
      names: "postgres",
      "peek", "OPERATOR FAMILY", isMended: false),
    HandMadeChange(
      "object no migration made: type", "CREATE DOMAIN peek AS int[]", names: "postgres", "peek", "TYPE",
      isMended: false),
    HandMadeChange(
      "object no migration made: event trigger",
      "CREATE FUNCTION peek() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
      "CREATE EVENT TRIGGER peek ON sql_drop EXECUTE FUNCTION peek()", "ALTER EVENT TRIGGER peek DISABLE",
      names: "postgres", "peek", "EVENT TRIGGER", isMended: false),
    HandMadeChange(
      "object no migration made: publication",
      "CREATE PUBLICATION peek FOR TABLE users (id, email) WHERE (active)",
      names: "postgres", "peek", "PUBLICATION", isMended: false),
    HandMadeChange(
      "object no migration made: publication", "CREATE PUBLICATION peek FOR TABLES IN SCHEMA public",
      names: "postgres", "peek", "PUBLICATION", isMended: false),
    HandMadeChange(
      "object no migration made: view",
      "CREATE VIEW information_schema.peek AS SELECT email FROM public.users", names: "postgres",
      "information_schema.peek", "VIEW", isMended: false),
  ]

  /// What a table accepts, and what it stores for an insert that names no value.
  static let rules: [HandMadeChange] = [
    HandMadeChange(
      "constraint",
      "ALTER TABLE users ADD CONSTRAINT spy CHECK (set_config('spy.password', password, false) <> '')",
      names: "PUBLIC", "users", "CONSTRAINT spy", isMended: false),
    HandMadeChange(
      "constraint", "ALTER TABLE platform_integrations ADD CONSTRAINT no_twitch CHECK (platform <> 'twitch')",
      names: "PUBLIC", "platform_integrations", "CONSTRAINT no_twitch", isMended: false),
    HandMadeChange(
      "constraint", "CREATE UNIQUE INDEX one_for_all ON platform_integrations (external_id)", names: "PUBLIC",
      "platform_integrations", "CONSTRAINT one_for_all", isMended: false),
    HandMadeChange(
      "constraint", "CREATE UNIQUE INDEX one_for_some ON webhooks (url) WHERE active", names: "PUBLIC",
      "webhooks",
      "CONSTRAINT one_for_some", isMended: false),
    HandMadeChange(
      "constraint", "ALTER TABLE rollups ADD CONSTRAINT apart EXCLUDE USING btree (metric WITH =)",
      names: "PUBLIC",
      "rollups", "CONSTRAINT apart", isMended: false),
    HandMadeChange(
      "missing constraint", "ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey", names: "PUBLIC",
      "sessions", "CONSTRAINT sessions_user_id_fkey", isMended: false),
    HandMadeChange(
      "missing constraint", "ALTER TABLE users DROP CONSTRAINT users_role_check", names: "PUBLIC", "users",
      "CONSTRAINT users_role_check", isMended: false),
    HandMadeChange(
      "unique key", "ALTER TABLE users DROP CONSTRAINT users_email_key",
      "CREATE UNIQUE INDEX users_email_key ON users (email, lower(password))", names: "PUBLIC", "users",
      "UNIQUE (email)", isMended: false),
    HandMadeChange(
      "unique key", "ALTER TABLE users DROP CONSTRAINT users_email_key",
      "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email) DEFERRABLE INITIALLY DEFERRED",
      names: "PUBLIC", "users", "UNIQUE (email)", isMended: false),
    HandMadeChange(
      "column default", "ALTER TABLE users ALTER id SET GENERATED ALWAYS", names: "PUBLIC", "users",
      "DEFAULT id", isMended: false),
    HandMadeChange(
      "column default", "ALTER TABLE users ALTER role SET DEFAULT 'operator'", names: "PUBLIC", "users",
      "DEFAULT role", isMended: false),
    HandMadeChange(
      "column default", "ALTER TABLE users ALTER active DROP DEFAULT", names: "PUBLIC", "users",
      "DEFAULT active", isMended: false),
    HandMadeChange(
      "column default", "ALTER TABLE settings ALTER value SET DEFAULT current_setting('spy.password', true)",
      names: "PUBLIC", "settings", "DEFAULT value", isMended: false),
    HandMadeChange(
      "index over an expression", "CREATE INDEX sampled ON platform_integrations (lower(channel))",
      names: "PUBLIC",
      "platform_integrations", "INDEX sampled", isMended: false),
    HandMadeChange(
      "table option", "ALTER TABLE sessions SET UNLOGGED", names: "PUBLIC", "sessions", "OPTION UNLOGGED",
      isMended: false),
    HandMadeChange(
      "table option", "ALTER TABLE users REPLICA IDENTITY FULL", names: "PUBLIC", "users",
      "OPTION REPLICA IDENTITY FULL", isMended: false),
    HandMadeChange(
      "owner's right lost",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "migrate-admin" REVOKE ALL ON TABLES FROM "migrate-admin""#,
      names: "migrate-admin", "future tables", "TRUNCATE"),
  ]

  /// The engine's own objects, and who may use them.
  static let engine: [HandMadeChange] = [
    HandMadeChange(
      "privilege on the engine's routines",
      "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO pg_database_owner",
      names: "pg_database_owner", "pg_catalog.pg_read_file(text)", "EXECUTE"),
    HandMadeChange(
      "privilege on the engine's relations", "GRANT SELECT ON pg_authid TO pg_monitor", names: "pg_monitor",
      "pg_catalog.pg_authid", "SELECT"),
    HandMadeChange(
      "right that PUBLIC lost", "REVOKE EXECUTE ON FUNCTION lower(text) FROM PUBLIC", names: "PUBLIC",
      "pg_catalog.lower(text)", "EXECUTE", isMended: false),
    HandMadeChange(
      "right that PUBLIC lost", "REVOKE SELECT ON pg_catalog.pg_timezone_names FROM PUBLIC", names: "PUBLIC",
      "pg_catalog.pg_timezone_names", "SELECT", isMended: false),
    HandMadeChange(
      "right that PUBLIC lost", "REVOKE USAGE ON TYPE pg_catalog.text FROM PUBLIC", names: "PUBLIC",
      "pg_catalog.text", "USAGE", isMended: false),
    HandMadeChange(
      "right that PUBLIC lost", "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", names: "PUBLIC", "plpgsql",
      "USAGE", isMended: false),
    HandMadeChange(
      "right that PUBLIC lost", "REVOKE USAGE ON SCHEMA pg_catalog FROM PUBLIC", names: "PUBLIC",
      "pg_catalog",
      "USAGE", isMended: false),
    HandMadeChange(
      "replaced object of the engine", "ALTER OPERATOR pg_catalog.= (text, text) SET (RESTRICT = NONE)",
      names: "PUBLIC", "operator =(text,text)", "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced object of the engine", "ALTER TEXT SEARCH DICTIONARY pg_catalog.simple (StopWords = english)",
      names: "PUBLIC", "text search dictionary simple", "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced object of the engine",
      "ALTER TEXT SEARCH CONFIGURATION pg_catalog.simple ALTER MAPPING FOR url WITH english_stem",
      names: "PUBLIC", "text search configuration simple", "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced object of the engine",
      "CREATE FUNCTION peek(int4, text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
      "ALTER OPERATOR FAMILY integer_ops USING btree ADD FUNCTION 1 (int4, text) peek(int4, text)",
      names: "PUBLIC", "operator family integer_ops for access method btree", "ENGINE OBJECT", isMended: false
    ),
    HandMadeChange(
      "replaced object of the engine", #"ALTER TYPE pg_catalog.box OWNER TO "connector-rw""#, names: "PUBLIC",
      "type box", "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced view of the engine", "ALTER VIEW pg_catalog.pg_stats RESET (security_barrier)",
      names: "postgres",
      "pg_stats", "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced view of the engine", "ALTER VIEW pg_catalog.pg_settings SET (security_invoker = true)",
      names: "postgres", "pg_settings", "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced routine of the engine", "GRANT EXECUTE ON FUNCTION upper(text) TO PUBLIC",
      "ALTER FUNCTION pg_catalog.upper(text) SET search_path = public", names: "postgres", "upper(text)",
      "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced routine of the engine", "ALTER FUNCTION pg_catalog.lower(text) SET search_path = public",
      names: "postgres", "lower(text)", "ENGINE OBJECT", isMended: false),
  ]

  /// Further changes of kinds that have some already.
  static let further: [HandMadeChange] = [
    HandMadeChange(
      "membership of an account", #"GRANT "backend-api-rw" TO "connector-rw" WITH INHERIT FALSE, SET FALSE"#,
      names: "connector-rw", "backend-api-rw", "MEMBER"),
    HandMadeChange(
      "parameter privilege", "GRANT ALTER SYSTEM ON PARAMETER log_statement TO PUBLIC", names: "PUBLIC",
      "log_statement", "ALTER SYSTEM"),
    HandMadeChange(
      "database option", "ALTER DATABASE app_db CONNECTION LIMIT 0", names: "PUBLIC", "CONNECTION LIMIT",
      "DATABASE OPTION"),
    HandMadeChange(
      "default privileges",
      #"ALTER DEFAULT PRIVILEGES FOR ROLE "migrate-admin" IN SCHEMA public GRANT SELECT ON TABLES TO "analytics-ro""#,
      names: "analytics-ro", "future tables", "SELECT"),
    HandMadeChange(
      "object no migration made: cast", "CREATE CAST (text AS bytea) WITHOUT FUNCTION AS IMPLICIT",
      names: "PUBLIC", "text AS bytea", "CAST", isMended: false),
    HandMadeChange(
      "object no migration made: conversion",
      "CREATE DEFAULT CONVERSION peek FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1", names: "postgres",
      "peek",
      "CONVERSION", isMended: false),
  ]
}

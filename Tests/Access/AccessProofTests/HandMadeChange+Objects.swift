extension HandMadeChange {
  /// Changes of the fleet's tables beside grants and policies.
  static let tables: [HandMadeChange] = [
    HandMadeChange(
      "trigger",
      "CREATE TRIGGER spy BEFORE UPDATE ON users FOR EACH ROW "
        + "EXECUTE FUNCTION suppress_redundant_updates_trigger()", names: "PUBLIC", "users", "TRIGGER spy"),
    HandMadeChange(
      "rule", "CREATE RULE spy AS ON DELETE TO rollups DO INSTEAD NOTHING", names: "PUBLIC", "rollups",
      "RULE spy"),
    HandMadeChange(
      "child table", "CREATE TABLE spy () INHERITS (rollups)", names: "PUBLIC", "rollups", "CHILD public.spy"),
    HandMadeChange(
      "parent table", "CREATE TABLE spy (email varchar(255) NOT NULL)", "ALTER TABLE users INHERIT spy",
      names: "PUBLIC", "users", "PARENT public.spy"),
    HandMadeChange(
      "parent table", "CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.spy ()",
      "ALTER TABLE users INHERIT elsewhere.spy", names: "PUBLIC", "users", "PARENT elsewhere.spy"),
    HandMadeChange(
      "parent table", "CREATE TABLE spy (LIKE rollups) PARTITION BY RANGE (day)",
      "ALTER TABLE rollups ALTER COLUMN id DROP IDENTITY", "ALTER TABLE spy ATTACH PARTITION rollups DEFAULT",
      names: "PUBLIC", "rollups", "PARTITION public.spy"),
    HandMadeChange(
      "disabled foreign key", "ALTER TABLE sessions DISABLE TRIGGER ALL", names: "PUBLIC", "sessions",
      "DISABLED TRIGGER"),
    HandMadeChange(
      "disabled foreign key", "ALTER TABLE users DISABLE TRIGGER ALL", names: "PUBLIC", "users",
      "DISABLED TRIGGER"),
    HandMadeChange(
      "foreign key of another table", "CREATE TABLE spy (id bigint REFERENCES users (id))", names: "postgres",
      "users", "FOREIGN KEY", isMended: false),
    HandMadeChange(
      "computed column", "ALTER TABLE users DROP COLUMN role",
      "ALTER TABLE users ADD COLUMN role text GENERATED ALWAYS AS (password) STORED", names: "PUBLIC",
      "users",
      "COMPUTED COLUMN role", isMended: false),
    HandMadeChange(
      "unique key", "ALTER TABLE users DROP CONSTRAINT users_email_key", names: "PUBLIC", "users",
      "UNIQUE (email)", isMended: false),
    HandMadeChange(
      "unique key",
      "ALTER TABLE platform_integrations DROP CONSTRAINT platform_integrations_platform_external_id_key",
      names: "PUBLIC", "platform_integrations", "UNIQUE (platform, external_id)", isMended: false),
    HandMadeChange(
      "planner samples of hidden rows",
      "ALTER TABLE platform_integrations ALTER COLUMN channel SET STATISTICS -1",
      names: "PUBLIC", "platform_integrations", "STATISTICS", column: "channel"),
    HandMadeChange(
      "view that reads a table", "CREATE SCHEMA elsewhere",
      "CREATE VIEW elsewhere.peek AS SELECT email FROM users",
      names: "postgres", "elsewhere.peek", "READER", isMended: false),
    HandMadeChange(
      "view that reads a table", "CREATE SCHEMA elsewhere",
      "CREATE MATERIALIZED VIEW elsewhere.peek AS SELECT email FROM users", names: "postgres",
      "elsewhere.peek",
      "READER", isMended: false),
  ]

  /// Objects that no migration made, each with the kind by which it is named.
  private static let plain: [(String, String, String)] = [
    ("table", "CREATE TABLE copied AS SELECT * FROM users", "copied"),
    ("table", "CREATE TABLE copied (id int) PARTITION BY RANGE (id)", "copied"),
    ("view", "CREATE VIEW peek AS SELECT email FROM users", "peek"),
    ("materialized view", "CREATE MATERIALIZED VIEW peek AS SELECT email FROM users", "peek"),
    ("sequence", "CREATE SEQUENCE peek", "peek"),
    ("type", "CREATE TYPE mood AS ENUM ('good')", "mood"),
    ("type", "CREATE DOMAIN mood AS text", "mood"),
    ("type", "CREATE TYPE mood AS (one int)", "mood"),
    ("type", "CREATE TYPE mood AS RANGE (subtype = int4)", "mood"),
    (
      "operator", "CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)",
      "===(text, text)"
    ),
    ("cast", "CREATE CAST (text AS point) WITH INOUT", "text AS point"),
    ("collation", "CREATE COLLATION peek (locale = 'C')", "peek"),
    ("conversion", "CREATE CONVERSION peek FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1", "peek"),
    (
      "text search configuration", "CREATE TEXT SEARCH CONFIGURATION peek (COPY = pg_catalog.simple)",
      "peek"
    ),
    ("text search dictionary", "CREATE TEXT SEARCH DICTIONARY peek (TEMPLATE = pg_catalog.simple)", "peek"),
    ("extended statistics", "CREATE STATISTICS peek ON day, metric FROM rollups", "peek"),
    ("schema", "CREATE SCHEMA elsewhere", "elsewhere"),
    ("publication", "CREATE PUBLICATION peek FOR TABLE users", "peek"),
    ("publication", "CREATE PUBLICATION peek FOR ALL TABLES", "peek"),
    (
      "subscription",
      "CREATE SUBSCRIPTION peek CONNECTION 'dbname=none' PUBLICATION peek WITH (connect = false, slot_name = NONE)",
      "peek"
    ),
    ("foreign data wrapper", "CREATE FOREIGN DATA WRAPPER peek", "peek"),
    ("extension", "CREATE EXTENSION pageinspect", "pageinspect"),
    ("extension", "CREATE EXTENSION file_fdw", "file_fdw"),
    ("routine", "CREATE FUNCTION peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "peek()"),
    ("routine", "CREATE PROCEDURE peek() LANGUAGE sql AS 'SELECT 1'", "peek()"),
    (
      "routine", "CREATE AGGREGATE peek(int) (SFUNC = int4pl, STYPE = int)", "peek(integer)"
    ),
  ]

  static let objects: [HandMadeChange] = plain.map { (kind, statement, name) -> HandMadeChange in
    let hasOwner = kind != "cast"
    return HandMadeChange(
      "object no migration made: \(kind)", statement, names: hasOwner ? "postgres" : "PUBLIC", name,
      kind.uppercased(), isMended: false)
  }

  static let specialObjects: [HandMadeChange] = [
    HandMadeChange(
      "object no migration made: routine",
      "CREATE FUNCTION pg_catalog.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
      names: "postgres", "pg_catalog.peek()", "ROUTINE", isMended: false),
    HandMadeChange(
      "object no migration made: operator class",
      "CREATE OPERATOR CLASS peek FOR TYPE int4 USING btree AS STORAGE int4",
      names: "postgres", "peek", "OPERATOR CLASS", isMended: false),
    HandMadeChange(
      "object no migration made: event trigger",
      "CREATE FUNCTION peek() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
      "CREATE EVENT TRIGGER peek ON ddl_command_start EXECUTE FUNCTION peek()", names: "postgres", "peek",
      "EVENT TRIGGER", isMended: false),
    HandMadeChange(
      "object no migration made: foreign server", "CREATE FOREIGN DATA WRAPPER w",
      "CREATE SERVER peek FOREIGN DATA WRAPPER w", names: "postgres", "peek", "FOREIGN SERVER",
      isMended: false),
    HandMadeChange(
      "object no migration made: foreign table", "CREATE FOREIGN DATA WRAPPER w",
      "CREATE SERVER s FOREIGN DATA WRAPPER w", "CREATE FOREIGN TABLE peek (id int) SERVER s",
      names: "postgres", "peek", "FOREIGN TABLE", isMended: false),
    HandMadeChange(
      "object no migration made: user mapping", "CREATE FOREIGN DATA WRAPPER w",
      "CREATE SERVER s FOREIGN DATA WRAPPER w", #"CREATE USER MAPPING FOR "connector-rw" SERVER s"#,
      names: "connector-rw", "s", "USER MAPPING"),
    HandMadeChange(
      "object no migration made: user mapping", "CREATE FOREIGN DATA WRAPPER w",
      "CREATE SERVER s FOREIGN DATA WRAPPER w", "CREATE USER MAPPING FOR PUBLIC SERVER s", names: "PUBLIC",
      "s",
      "USER MAPPING", isMended: false),
    HandMadeChange(
      "object no migration made: language",
      "CREATE LANGUAGE peek HANDLER plpgsql_call_handler", names: "postgres", "peek", "LANGUAGE",
      isMended: false),
    HandMadeChange(
      "object no migration made: access method",
      "CREATE ACCESS METHOD peek TYPE TABLE HANDLER heap_tableam_handler", names: "PUBLIC", "peek",
      "ACCESS METHOD", isMended: false),
    HandMadeChange(
      "object no migration made: transform",
      "CREATE FUNCTION peek(internal) RETURNS internal LANGUAGE c STRICT IMMUTABLE "
        + "AS '$libdir/plpgsql', 'plpgsql_call_handler'",
      "CREATE TRANSFORM FOR int4 LANGUAGE plpgsql (FROM SQL WITH FUNCTION peek(internal))", names: "PUBLIC",
      "integer", "TRANSFORM", isMended: false),
  ]

  /// Changes of the database as a whole, of the engine's own objects, and of other databases.
  static let server: [HandMadeChange] = [
    HandMadeChange(
      "database option", "ALTER DATABASE app_db IS_TEMPLATE true", names: "PUBLIC", "IS_TEMPLATE",
      "DATABASE OPTION"),
    HandMadeChange(
      "database option", "ALTER DATABASE app_db CONNECTION LIMIT 1", names: "PUBLIC", "CONNECTION LIMIT",
      "DATABASE OPTION"),
    HandMadeChange(
      "replaced routine of the engine", "ALTER FUNCTION pg_catalog.pg_backend_pid() SECURITY DEFINER",
      names: "postgres", "pg_backend_pid()", "ENGINE OBJECT", isMended: false),
    HandMadeChange(
      "replaced routine of the engine",
      "CREATE OR REPLACE FUNCTION pg_catalog.quote_literal(anyelement) RETURNS text LANGUAGE sql STABLE STRICT "
        + "AS 'SELECT ''x''::text'", names: "postgres", "quote_literal(anyelement)", "ENGINE OBJECT",
      isMended: false),
    HandMadeChange(
      "replaced view of the engine",
      "CREATE OR REPLACE VIEW information_schema.information_schema_catalog_name AS "
        + "SELECT 'x'::information_schema.sql_identifier AS catalog_name",
      names: "postgres", "information_schema.information_schema_catalog_name", "ENGINE OBJECT",
      isMended: false),
    HandMadeChange(
      "security label",
      "INSERT INTO pg_seclabel VALUES ('users'::regclass, 'pg_class'::regclass, 0, 'dummy', 'secret')",
      names: "PUBLIC", "table public.users", "SECURITY LABEL", isMended: false),
    HandMadeChange(
      "security label",
      "INSERT INTO pg_shseclabel SELECT oid, 'pg_authid'::regclass, 'dummy', 'secret' FROM pg_authid "
        + "WHERE rolname = 'connector-rw'",
      names: "PUBLIC", "role connector-rw", "SECURITY LABEL", isMended: false),
    HandMadeChange(
      "rights elsewhere", #"GRANT CONNECT ON DATABASE postgres TO "connector-rw""#, names: "connector-rw",
      "database postgres", "ELSEWHERE", isMended: false),
  ]
}

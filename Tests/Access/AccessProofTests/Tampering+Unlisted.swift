extension Tampering {
  /// Ways to a table's data that the list of grants on the fleet's tables does not show.
  static let unlisted: [Tampering] = [
    Tampering(
      what: "a trigger that runs as its owner", by: .superuser,
      statements: [
        "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN new; END'",
        "REVOKE EXECUTE ON FUNCTION spy() FROM PUBLIC",
        "CREATE TRIGGER spy BEFORE INSERT ON rollups FOR EACH ROW EXECUTE FUNCTION spy()",
      ],
      deviation: Named("PUBLIC", "rollups", "TRIGGER spy"), cleanup: ["DROP FUNCTION spy()"]),
    Tampering(
      what: "a rule that runs as the table's owner", by: .administrator,
      statements: [
        "CREATE RULE spy AS ON INSERT TO rollups DO ALSO "
          + "INSERT INTO events (type, source, subject, payload) SELECT email, email, email, password FROM users"
      ],
      deviation: Named("PUBLIC", "rollups", "RULE spy")),
    Tampering(
      what: "a child table, whose rows a select on the parent includes", by: .administrator,
      statements: ["CREATE TABLE spy () INHERITS (rollups)"],
      deviation: Named("PUBLIC", "rollups", "CHILD public.spy"), cleanup: ["DROP TABLE spy"]),
    Tampering(
      what: "a search path for everyone", by: .administrator,
      statements: ["ALTER DATABASE app_db SET search_path = public, pg_catalog"],
      deviation: Named("PUBLIC", "database", "search_path")),
    Tampering(
      what: "another time zone for everyone", by: .administrator,
      statements: ["ALTER DATABASE app_db SET timezone = 'Asia/Kathmandu'"],
      deviation: Named("PUBLIC", "database", "TimeZone")),
    Tampering(
      what: "the server's time zone for everyone", by: .superuser,
      statements: ["ALTER DATABASE app_db RESET timezone"],
      deviation: Named("PUBLIC", "database", "TimeZone")),
    Tampering(
      what: "a database that is read only", by: .superuser,
      statements: ["ALTER DATABASE app_db SET default_transaction_read_only = on"],
      deviation: Named("PUBLIC", "database", "default_transaction_read_only")),
    Tampering(
      what: "a setting for everyone on the server", by: .superuser,
      statements: ["ALTER ROLE ALL SET idle_in_transaction_session_timeout = 0"],
      deviation: Named("PUBLIC", "server", "idle_in_transaction_session_timeout"), needsSuperuser: true),
    Tampering(
      what: "a policy with an operator that shadows the engine's", by: .superuser,
      statements: [
        "CREATE FUNCTION always(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
        "REVOKE EXECUTE ON FUNCTION always(text, text) FROM PUBLIC",
        "CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = always)",
        #"DROP POLICY "twitch-trigger select" ON platform_integrations"#,
        #"CREATE POLICY "twitch-trigger select" ON platform_integrations FOR SELECT TO "twitch-trigger" "#
          + "USING ((platform)::text OPERATOR(public.=) 'twitch'::text)",
        #"ALTER ROLE "migrate-admin" SET search_path = public, pg_catalog"#,
      ],
      deviation: Named("twitch-trigger", "platform_integrations", "POLICY twitch-trigger select"),
      needsSuperuser: true,
      cleanup: ["DROP OPERATOR public.= (text, text)", "DROP FUNCTION always(text, text)"]),
    Tampering(
      what: "a superuser's default privileges for everyone", by: .superuser,
      statements: ["ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"],
      deviation: Named("PUBLIC", "future tables", "SELECT"), needsSuperuser: true),
    Tampering(
      what: "a function in the engine's schema", by: .superuser,
      statements: [
        "CREATE FUNCTION pg_catalog.leak() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
          + "AS 'SELECT count(*) FROM public.users'"
      ],
      deviation: Named("PUBLIC", "pg_catalog.leak()", "EXECUTE"), needsSuperuser: true,
      cleanup: ["DROP FUNCTION pg_catalog.leak()"]),
    Tampering(
      what: "one of the engine's own functions for everyone", by: .superuser,
      statements: ["GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC"],
      deviation: Named("PUBLIC", "pg_catalog.pg_read_file(text)", "EXECUTE"),
      violation: Named("twitch-trigger", "server", "read a file"), needsSuperuser: true),
    Tampering(
      what: "the password verifiers for everyone", by: .superuser,
      statements: ["GRANT SELECT (rolpassword) ON pg_authid TO PUBLIC"],
      deviation: Named("PUBLIC", "pg_catalog.pg_authid", "SELECT", "rolpassword"),
      violation: Named("analytics-ro", "server", "read password verifiers"), needsSuperuser: true),
    Tampering(
      what: "the planner's samples for everyone", by: .superuser,
      statements: ["GRANT SELECT ON pg_statistic TO PUBLIC"],
      deviation: Named("PUBLIC", "pg_catalog.pg_statistic", "SELECT"),
      violation: Named("twitch-trigger", "server", "read the planner's samples"), needsSuperuser: true),
    Tampering(
      what: "an account that monitors the server", by: .superuser,
      statements: [#"GRANT pg_monitor TO "connector-rw""#],
      deviation: Named("connector-rw", "pg_monitor", "MEMBER"),
      violation: Named("connector-rw", "server", "read hidden settings"), needsSuperuser: true),
    Tampering(
      what: "an account that may create objects in the database", by: .superuser,
      statements: [#"GRANT CREATE ON DATABASE app_db TO "connector-rw""#],
      deviation: Named("connector-rw", "app_db", "CREATE"),
      violation: Named("connector-rw", "database", "create publication")),
    Tampering(
      what: "a grant on a parameter", by: .superuser,
      statements: [#"GRANT SET ON PARAMETER session_replication_role TO "connector-rw""#],
      deviation: Named("connector-rw", "session_replication_role", "SET"),
      violation: Named("connector-rw", "server", "stop triggers"), needsSuperuser: true),
    Tampering(
      what: "large objects for everyone", by: .superuser,
      statements: ["GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC"],
      deviation: Named("PUBLIC", "pg_catalog.lo_create(oid)", "EXECUTE"),
      violation: Named("analytics-ro", "database", "create large object"), needsSuperuser: true),
    Tampering(
      what: "a large object that a service owns", by: .superuser,
      statements: [
        "SELECT lo_from_bytea(4711, 'kept')", #"ALTER LARGE OBJECT 4711 OWNER TO "analytics-ro""#,
        "GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC",
      ],
      deviation: Named("analytics-ro", "4711", "OWNER"), needsSuperuser: true),
  ]
}

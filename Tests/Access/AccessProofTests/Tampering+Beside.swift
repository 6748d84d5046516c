extension Tampering {
  /// Rights beside the manifest's tables: `prove` alone must find each of them.
  static let beside: [Tampering] = [
    Tampering(
      what: "a view of the administrator's", by: .administrator,
      statements: [
        "CREATE VIEW leak_view AS SELECT id, password FROM users",
        #"GRANT SELECT ON leak_view TO "connector-rw""#,
      ],
      deviation: Named("connector-rw", "leak_view", "SELECT"),
      violation: Named("connector-rw", "leak_view", "select"), cleanup: ["DROP VIEW leak_view"]),
    Tampering(
      what: "a view through which rows are written", by: .administrator,
      statements: [
        "CREATE VIEW leak_view AS SELECT id, email FROM users",
        #"GRANT UPDATE (email) ON leak_view TO "connector-rw""#,
      ],
      deviation: Named("connector-rw", "leak_view", "UPDATE", "email"),
      violation: Named("connector-rw", "leak_view", "update"), cleanup: ["DROP VIEW leak_view"]),
    Tampering(
      what: "a materialized view in another schema for everyone", by: .superuser,
      statements: [
        "CREATE SCHEMA leaks", "GRANT USAGE ON SCHEMA leaks TO PUBLIC",
        "CREATE MATERIALIZED VIEW leaks.users AS SELECT email FROM users",
        "GRANT SELECT ON leaks.users TO PUBLIC",
      ],
      deviation: Named("PUBLIC", "leaks.users", "SELECT"),
      violation: Named("twitch-trigger", "leaks.users", "select"), cleanup: ["DROP SCHEMA leaks CASCADE"]),
    Tampering(
      what: "a function that runs as its owner, for everyone", by: .administrator,
      statements: [
        "CREATE FUNCTION leak(wanted bigint, other text) RETURNS text STRICT IMMUTABLE SECURITY DEFINER "
          + "LANGUAGE sql AS 'SELECT password FROM public.users WHERE id = wanted'",
        "GRANT EXECUTE ON FUNCTION leak(bigint, text) TO PUBLIC",
      ],
      deviation: Named("PUBLIC", "leak(wanted bigint, other text)", "EXECUTE"),
      violation: Named("analytics-ro", "leak(wanted bigint, other text)", "call with its owner's rights"),
      cleanup: ["DROP FUNCTION leak(bigint, text)"]),
    Tampering(
      what: "a procedure that runs as its owner", by: .administrator,
      statements: [
        "CREATE PROCEDURE leak() SECURITY DEFINER LANGUAGE sql AS 'DELETE FROM public.users'",
        #"GRANT EXECUTE ON PROCEDURE leak() TO "connector-rw""#,
      ],
      deviation: Named("connector-rw", "leak()", "EXECUTE"),
      violation: Named("connector-rw", "leak()", "call with its owner's rights"),
      cleanup: ["DROP PROCEDURE leak()"]),
    Tampering(
      what: "an account that may replicate", by: .superuser,
      statements: [#"ALTER ROLE "twitch-trigger" REPLICATION"#],
      deviation: Named("twitch-trigger", "role", "REPLICATION"),
      violation: Named("twitch-trigger", "server", "replicate"), needsSuperuser: true),
    Tampering(
      what: "a stranger that may replicate", by: .superuser,
      statements: ["CREATE ROLE copier LOGIN REPLICATION PASSWORD 'x'"],
      deviation: Named("copier", "copier", "REPLICATION"),
      violation: Named("copier", "copier", "hold REPLICATION"), cleanup: ["DROP ROLE copier"]),
    Tampering(
      what: "an account that may read the server's files", by: .superuser,
      statements: [#"GRANT pg_read_server_files TO "analytics-ro""#],
      deviation: Named("analytics-ro", "pg_read_server_files", "MEMBER"),
      violation: Named("analytics-ro", "server", "read a file into a table"), needsSuperuser: true),
    Tampering(
      what: "an account that may signal sessions", by: .superuser,
      statements: [#"GRANT pg_signal_backend TO "analytics-ro""#],
      deviation: Named("analytics-ro", "pg_signal_backend", "MEMBER"),
      violation: Named("analytics-ro", "server", "cancel another role's statement"), needsSuperuser: true),
    Tampering(
      what: "a membership that is not inherited", by: .superuser,
      statements: [#"GRANT pg_checkpoint TO "analytics-ro" WITH INHERIT FALSE"#],
      deviation: Named("analytics-ro", "pg_checkpoint", "MEMBER"),
      violation: Named("analytics-ro", "server", "be a member of the engine's roles"), needsSuperuser: true),
  ]

  /// Rights in the cache that no whole key space and no password of the proof's shows.
  static let besideTheKeySpaces: [Tampering] = [
    Tampering(
      what: "a part of another service's keys", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache %R~backend-api:user:*"],
      deviation: Named("connector-cache", "%R~backend-api:user:*", "keys"),
      violation: Named("connector-cache", "backend-api:user:*", "read GET")),
    Tampering(
      what: "one key of another service in a selector", by: .cacheAdministrator,
      statements: ["ACL SETUSER analytics-cache (+setrange ~backend-api:flag[s12])"],
      deviation: Named(
        "analytics-cache", "(~backend-api:flag[s12] resetchannels -@all +setrange)", "selector"),
      violation: Named("analytics-cache", "backend-api:flag[s12]", "write SETRANGE")),
    Tampering(
      what: "the command that gives every right", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache +acl|setuser"],
      deviation: Named("connector-cache", "commands", "acl|setuser"),
      violation: Named("connector-cache", "server", "admin ACL SETUSER bulkhead-probe no-such-rule")),
    Tampering(
      what: "a command that copies the whole server", by: .cacheAdministrator,
      statements: ["ACL SETUSER connector-cache +sync"],
      deviation: Named("connector-cache", "commands", "sync"),
      violation: Named("connector-cache", "server", "hold SYNC")),
    Tampering(
      what: "a user outside the manifest without a password", by: .cacheAdministrator,
      statements: ["ACL SETUSER stranger on nopass ~connector:* +get"],
      deviation: Named("stranger", "~connector:*", "user"),
      violation: Named("stranger", "server", "log in without a password")),
  ]
}

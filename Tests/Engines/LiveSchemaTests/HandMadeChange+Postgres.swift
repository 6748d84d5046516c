extension HandMadeChange {
  /// On PostgreSQL, as the owner of the tables.
  static let onPostgres =
    columnsOnPostgres + keysOnPostgres + checksOnPostgres + indexesOnPostgres + tablesOnPostgres

  private static let columnsOnPostgres = [
    HandMadeChange(
      "a type changed", "ALTER TABLE users ALTER email TYPE text",
      finds: "users.email: the type is text, declared varchar(255)"),
    HandMadeChange(
      "a length changed", "ALTER TABLE users ALTER role TYPE varchar(64)",
      finds: "users.role: the type is varchar(64), declared varchar(16)"),
    HandMadeChange(
      "a precision changed", "ALTER TABLE users ALTER updated_at TYPE timestamptz(0)",
      finds: "users.updated_at: the type is timestamptz(0), declared timestamptz(6)"),
    HandMadeChange(
      "a type made a domain",
      ["CREATE DOMAIN address AS varchar(255)", "ALTER TABLE users ALTER email TYPE address"],
      finds: ["users.email: the type is public.address, declared varchar(255)"]),
    HandMadeChange(
      "a NOT NULL dropped", "ALTER TABLE users ALTER password DROP NOT NULL",
      finds: "users.password: NOT NULL is missing"),
    HandMadeChange(
      "a NOT NULL added", "ALTER TABLE users ALTER confirmed_at SET NOT NULL",
      finds: "users.confirmed_at: NOT NULL is not declared"),
    HandMadeChange(
      "a default changed", "ALTER TABLE users ALTER active SET DEFAULT false",
      finds: "users.active: the default is false, declared true"),
    HandMadeChange(
      "a default dropped", "ALTER TABLE events ALTER occurred_at DROP DEFAULT",
      finds: "events.occurred_at: the default is missing, declared current_timestamp"),
    HandMadeChange(
      "a default added", "ALTER TABLE users ALTER password SET DEFAULT 'secret'",
      finds: "users.password: the default 'secret' is not declared"),
    HandMadeChange(
      "an identity dropped", "ALTER TABLE users ALTER id DROP IDENTITY",
      finds: "users.id: the identity is missing, declared by default"),
    HandMadeChange(
      "an identity behind its rows",
      [
        "INSERT INTO events (id, type, source, subject) VALUES (7, 'test.made', 'test', 'test:1')"
      ],
      finds: ["events.id: the identity's next value is 1, and a row has 7 already"]),
    HandMadeChange(
      "an identity whose value a crash takes back", "ALTER SEQUENCE users_id_seq SET UNLOGGED",
      finds: "users.id: the identity is by default, unlogged, declared by default"),
    HandMadeChange(
      "an identity made the engine's alone", "ALTER TABLE users ALTER id SET GENERATED ALWAYS",
      finds: "users.id: the identity is always, declared by default"),
    HandMadeChange(
      "an identity's step changed", "ALTER TABLE users ALTER id SET INCREMENT BY 2",
      finds: "users.id: the identity is by default, increment by 2, declared by default"),
    HandMadeChange(
      "a column dropped", "ALTER TABLE sessions DROP COLUMN revoked_at",
      finds: "sessions.revoked_at: the column is missing"),
    HandMadeChange(
      "a required column added", "ALTER TABLE rollups ADD unit varchar(8) NOT NULL",
      finds:
        "rollups.unit: the column of type varchar(8) is not declared; it is NOT NULL without a default, so inserts fail"
    ),
    HandMadeChange(
      "a column renamed", "ALTER TABLE webhooks RENAME secret TO key",
      finds:
        "webhooks.secret: the column is missing; key has its type, so it may have been renamed",
      "webhooks.key: the column of type text is not declared; it is NOT NULL without a default, so inserts fail"
    ),
    HandMadeChange(
      "a column generated",
      [
        "ALTER TABLE rollups DROP COLUMN value",
        "ALTER TABLE rollups ADD value bigint NOT NULL GENERATED ALWAYS AS (id * 2) STORED",
      ],
      finds: ["rollups.value: the generation id * 2 stored is not declared"]),
    HandMadeChange(
      "a collation changed", #"ALTER TABLE users ALTER email TYPE varchar(255) COLLATE "C""#,
      finds: "users.email: the collation C is not declared"),
  ]

  private static let keysOnPostgres = [
    HandMadeChange(
      "a unique key dropped", "ALTER TABLE users DROP CONSTRAINT users_email_key",
      finds: "users.email: the unique key users_email_key is missing, declared (email)"),
    HandMadeChange(
      "a unique key on other columns",
      [
        "ALTER TABLE users DROP CONSTRAINT users_email_key",
        "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email, role)",
      ],
      finds: ["users.email: the unique key users_email_key is (email, role), declared (email)"]),
    HandMadeChange(
      "a unique key made deferrable",
      [
        "ALTER TABLE users DROP CONSTRAINT users_email_key",
        "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email) DEFERRABLE",
      ],
      finds: ["users.email: the unique key users_email_key is (email), deferrable, declared (email)"]),
    HandMadeChange(
      "a unique key made partial",
      [
        "ALTER TABLE users DROP CONSTRAINT users_email_key",
        "CREATE UNIQUE INDEX users_email_key ON users (email) WHERE active",
      ],
      finds: [
        "users.email: the unique key users_email_key is missing, declared (email)",
        "users.email: the index users_email_key unique (email), where active is not declared",
      ]),
    HandMadeChange(
      "a primary key dropped", "ALTER TABLE events DROP CONSTRAINT events_pkey",
      finds: "events.id: the primary key is missing"),
    HandMadeChange(
      "a foreign key dropped", "ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey",
      finds:
        "sessions.user_id: the foreign key sessions_user_id_fkey is missing, declared (user_id) to users (id), on delete cascade"
    ),
    HandMadeChange(
      "a foreign key's action changed", reference("users (id) ON DELETE SET NULL"),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to users (id), on delete set null, "
          + "declared (user_id) to users (id), on delete cascade"
      ]),
    HandMadeChange(
      "a foreign key to another table", reference("webhooks (id) ON DELETE CASCADE"),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to webhooks (id), on delete cascade, "
          + "declared (user_id) to users (id), on delete cascade"
      ]),
    HandMadeChange(
      "a foreign key not valid", reference("users (id) ON DELETE CASCADE NOT VALID"),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to users (id), on delete cascade, "
          + "not valid, declared (user_id) to users (id), on delete cascade"
      ]),
  ]

  private static func reference(_ target: String) -> [String] {
    [
      "ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey",
      "ALTER TABLE sessions ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES \(target)",
    ]
  }

  private static let checksOnPostgres = [
    HandMadeChange(
      "a check dropped", "ALTER TABLE users DROP CONSTRAINT users_role_check",
      finds: "users.role: the check users_role_check is missing, declared role in ('member', 'operator')"),
    HandMadeChange(
      "a check altered",
      [
        "ALTER TABLE users DROP CONSTRAINT users_role_check",
        "ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('member', 'operator', 'root'))",
      ],
      finds: [
        "users.role: the check users_role_check is role in ('member', 'operator', 'root'), "
          + "declared role in ('member', 'operator')"
      ]),
    HandMadeChange(
      "a check added", "ALTER TABLE rollups ADD CONSTRAINT positive CHECK (value >= 0)",
      finds: "rollups.value: the check positive value >= 0 is not declared"),
    HandMadeChange(
      "a check not valid",
      [
        "ALTER TABLE users DROP CONSTRAINT users_role_check",
        "ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('member', 'operator')) NOT VALID",
      ],
      finds: [
        "users.role: the check users_role_check is role in ('member', 'operator'), not valid, "
          + "declared role in ('member', 'operator')"
      ]),
    HandMadeChange(
      "an exclusion constraint added",
      "ALTER TABLE rollups ADD CONSTRAINT one_day EXCLUDE USING btree (day WITH =)",
      finds: "rollups: the exclusion constraint one_day is not declared"),
  ]

  private static let indexesOnPostgres = [
    HandMadeChange(
      "an index dropped", "DROP INDEX sessions_user_id_idx",
      finds: "sessions.user_id: the index sessions_user_id_idx is missing, declared (user_id)"),
    HandMadeChange(
      "an index made partial",
      index("CREATE INDEX sessions_user_id_idx ON sessions (user_id) WHERE revoked_at IS NULL"),
      finds: [
        "sessions.user_id: the index sessions_user_id_idx is (user_id), where revoked_at is null, declared (user_id)"
      ]),
    HandMadeChange(
      "an index made one on an expression",
      index("CREATE INDEX sessions_user_id_idx ON sessions ((user_id + 1))"),
      finds: ["sessions.user_id: the index sessions_user_id_idx is (user_id + 1), declared (user_id)"]),
    HandMadeChange(
      "an index with another method",
      index("CREATE INDEX sessions_user_id_idx ON sessions USING hash (user_id)"),
      finds: ["sessions.user_id: the index sessions_user_id_idx is (user_id), using hash, declared (user_id)"]
    ),
    HandMadeChange(
      "a unique index added", "CREATE UNIQUE INDEX one_session ON sessions (user_id)",
      finds: "sessions.user_id: the index one_session unique (user_id) is not declared"),
  ]

  private static func index(_ statement: String) -> [String] {
    ["DROP INDEX sessions_user_id_idx", statement]
  }

  private static let tablesOnPostgres = [
    HandMadeChange(
      "a table dropped", "DROP TABLE webhook_deliveries",
      finds: "webhook_deliveries: the table is missing"),
    HandMadeChange(
      "a table moved to another schema",
      ["CREATE SCHEMA attic", "ALTER TABLE rollups SET SCHEMA attic"],
      finds: ["rollups: the table is missing; there is attic.rollups"]),
    HandMadeChange(
      "a table replaced by a view",
      ["ALTER TABLE rollups RENAME TO numbers", "CREATE VIEW rollups AS SELECT * FROM numbers"],
      finds: ["rollups: a view is in the table's place"]),
    HandMadeChange(
      "a table made unlogged", "ALTER TABLE events SET UNLOGGED",
      finds: "events: the table is unlogged, which is not declared"),
    HandMadeChange(
      "a trigger added",
      [
        "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER swallow BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION nothing()",
      ],
      finds: ["events: the trigger swallow is not declared"]),
    HandMadeChange(
      "a rule added", "CREATE RULE swallow AS ON INSERT TO events DO INSTEAD NOTHING",
      finds: "events: the rule swallow is not declared"),
    HandMadeChange(
      "a child table added", "CREATE TABLE more_events () INHERITS (events)",
      finds: "events: the child table public.more_events is not declared"),
  ]
}

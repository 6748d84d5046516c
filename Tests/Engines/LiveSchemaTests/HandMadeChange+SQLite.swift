extension HandMadeChange {
  /// On SQLite. It has few forms of ALTER TABLE, so an operator makes the table again from another text.
  static let onSQLite = columnsOnSQLite + keysOnSQLite + checksOnSQLite + indexesOnSQLite + tablesOnSQLite

  private static func edit(_ table: String, _ part: String, _ replacement: String) -> Edit {
    Edit(table: table, part: part, replacement: replacement)
  }

  private static let columnsOnSQLite = [
    HandMadeChange(
      "a type changed", edit("users", #""email" varchar(255)"#, #""email" blob"#),
      finds: ["users.email: the type is blob, declared varchar(255)"]),
    HandMadeChange(
      "a length changed", edit("users", #""role" varchar(16)"#, #""role" varchar(64)"#),
      finds: ["users.role: the type is varchar(64), declared varchar(16)"]),
    HandMadeChange(
      "a NOT NULL dropped", edit("users", #""password" varchar(255) NOT NULL"#, #""password" varchar(255)"#),
      finds: ["users.password: NOT NULL is missing"]),
    HandMadeChange(
      "a NOT NULL added", edit("users", #""confirmed_at" timestamp"#, #""confirmed_at" timestamp NOT NULL"#),
      finds: ["users.confirmed_at: NOT NULL is not declared"]),
    HandMadeChange(
      "a NOT NULL that replaces rows",
      edit("rollups", "bigint NOT NULL", "bigint NOT NULL ON CONFLICT REPLACE"),
      finds: ["rollups: the table is value on conflict replace, which is not declared"]),
    HandMadeChange(
      "a default changed", edit("users", "NOT NULL DEFAULT 1", "NOT NULL DEFAULT 0"),
      finds: ["users.active: the default is 0, declared 1"]),
    HandMadeChange(
      "a default dropped", edit("users", "NOT NULL DEFAULT 'member'", "NOT NULL"),
      finds: ["users.role: the default is missing, declared 'member'"]),
    HandMadeChange(
      "a default added",
      edit("users", #""fs_uniquifier" varchar(64)"#, #""fs_uniquifier" varchar(64) DEFAULT ''"#),
      finds: ["users.fs_uniquifier: the default '' is not declared"]),
    HandMadeChange(
      "an identity that reuses numbers", edit("events", " AUTOINCREMENT", ""),
      finds: ["events.id: the identity is missing, declared autoincrement"]),
    HandMadeChange(
      "a column dropped", "ALTER TABLE sessions DROP COLUMN revoked_at",
      finds: "sessions.revoked_at: the column is missing"),
    HandMadeChange(
      "a column added", "ALTER TABLE rollups ADD unit varchar(8)",
      finds: "rollups.unit: the column of type varchar(8) is not declared"),
    HandMadeChange(
      "a required column added",
      edit("rollups", #""value" bigint"#, #""unit" text NOT NULL, "value" bigint"#),
      finds: [
        "rollups.unit: the column of type text is not declared; it is NOT NULL without a default, so inserts fail"
      ]),
    HandMadeChange(
      "a column renamed", "ALTER TABLE webhooks RENAME secret TO key",
      finds:
        "webhooks.secret: the column is missing; key has its type, so it may have been renamed",
      "webhooks.key: the column of type text is not declared; it is NOT NULL without a default, so inserts fail"
    ),
    HandMadeChange(
      "a column generated",
      edit("rollups", #""value" bigint NOT NULL"#, #""value" bigint NOT NULL AS ("id" * 2)"#),
      finds: ["rollups.value: the generation id * 2 virtual is not declared"]),
    HandMadeChange(
      "a collation changed", edit("users", #""email" varchar(255)"#, #""email" varchar(255) COLLATE NOCASE"#),
      finds: ["users.email: the collation nocase is not declared"]),
  ]

  private static let keysOnSQLite = [
    HandMadeChange(
      "a unique key dropped",
      edit("sessions", #"CONSTRAINT "sessions_token_hash_key" UNIQUE ("token_hash"),"#, ""),
      finds: [
        "sessions.token_hash: the unique key sessions_token_hash_key is missing, declared (token_hash)"
      ]),
    HandMadeChange(
      "a unique key on other columns",
      edit("sessions", #"UNIQUE ("token_hash")"#, #"UNIQUE ("created_at")"#),
      finds: [
        "sessions.token_hash: the unique key sessions_token_hash_key is (created_at), declared (token_hash)"
      ]),
    HandMadeChange(
      "a unique key that replaces rows",
      edit("sessions", #"UNIQUE ("token_hash")"#, #"UNIQUE ("token_hash") ON CONFLICT REPLACE"#),
      finds: [
        "sessions.token_hash: the unique key sessions_token_hash_key is (token_hash), on conflict replace, "
          + "declared (token_hash)"
      ]),
    HandMadeChange(
      "a primary key dropped", edit("events", "INTEGER PRIMARY KEY AUTOINCREMENT", "integer NOT NULL"),
      finds: [
        "events.id: the identity is missing, declared autoincrement", "events.id: the primary key is missing",
      ]),
    HandMadeChange(
      "a foreign key dropped",
      edit(
        "sessions",
        #",\#n  CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE"#,
        ""),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is missing, declared (user_id) to users (id), on delete cascade"
      ]),
    HandMadeChange(
      "a foreign key's action changed", edit("sessions", "ON DELETE CASCADE", "ON DELETE SET NULL"),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to users (id), on delete set null, "
          + "declared (user_id) to users (id), on delete cascade"
      ]),
    HandMadeChange(
      "a foreign key to another table", edit("sessions", #"REFERENCES "users""#, #"REFERENCES "webhooks""#),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to webhooks (id), on delete cascade, "
          + "declared (user_id) to users (id), on delete cascade"
      ]),
    HandMadeChange(
      "a foreign key made deferrable",
      edit("sessions", "ON DELETE CASCADE", "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to users (id), on delete cascade, "
          + "deferrable, initially deferred, declared (user_id) to users (id), on delete cascade"
      ]),
  ]

  private static let checksOnSQLite = [
    HandMadeChange(
      "a check dropped",
      edit("users", #" CONSTRAINT "users_role_check" CHECK ("role" IN ('member', 'operator'))"#, ""),
      finds: ["users.role: the check users_role_check is missing, declared role in ('member', 'operator')"]),
    HandMadeChange(
      "a check altered", edit("users", "('member', 'operator')", "('member', 'operator', 'root')"),
      finds: [
        "users.role: the check users_role_check is role in ('member', 'operator', 'root'), "
          + "declared role in ('member', 'operator')"
      ]),
    HandMadeChange(
      "a check on a length altered", edit("users", #"length("email") <= 255"#, #"length("email") <= 20"#),
      finds: [
        "users.email: the check users_email_check is length(email) <= 20, declared length(email) <= 255"
      ]),
    HandMadeChange(
      "a check added",
      edit("rollups", #""value" bigint NOT NULL"#, #""value" bigint NOT NULL CHECK ("value" >= 0)"#),
      finds: ["rollups.value: a check value >= 0 is not declared"]),
  ]

  private static let indexesOnSQLite = [
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
      index("CREATE INDEX sessions_user_id_idx ON sessions (user_id + 1)"),
      finds: ["sessions.user_id: the index sessions_user_id_idx is (user_id + 1), declared (user_id)"]),
    HandMadeChange(
      "an index on other columns", index("CREATE INDEX sessions_user_id_idx ON sessions (expires_at DESC)"),
      finds: ["sessions.user_id: the index sessions_user_id_idx is (expires_at desc), declared (user_id)"]),
    HandMadeChange(
      "a unique index added", "CREATE UNIQUE INDEX one_session ON sessions (user_id)",
      finds: "sessions.user_id: the index one_session unique (user_id) is not declared"),
  ]

  private static func index(_ statement: String) -> [String] {
    ["DROP INDEX sessions_user_id_idx", statement]
  }

  private static let tablesOnSQLite = [
    HandMadeChange(
      "a table dropped", "DROP TABLE webhook_deliveries", finds: "webhook_deliveries: the table is missing"),
    HandMadeChange(
      "a table renamed", "ALTER TABLE rollups RENAME TO numbers", finds: "rollups: the table is missing"),
    HandMadeChange(
      "a table replaced by a view",
      ["ALTER TABLE rollups RENAME TO numbers", "CREATE VIEW rollups AS SELECT * FROM numbers"],
      finds: ["rollups: a view is in the table's place"]),
    HandMadeChange(
      "a table made again by heart",
      ["DROP TABLE rollups", "CREATE TABLE rollups (id integer PRIMARY KEY) WITHOUT ROWID"],
      finds: [
        "rollups.id: the identity is missing, declared autoincrement", "rollups.day: the column is missing",
        "rollups.metric: the column is missing", "rollups.value: the column is missing",
        "rollups.updated_at: the column is missing",
        "rollups: the table is without rowid, which is not declared",
        "rollups: the unique key rollups_day_metric_key is missing, declared (day, metric)",
        "rollups.metric: the check rollups_metric_check is missing, declared length(metric) <= 64",
      ]),
    HandMadeChange(
      "a trigger added",
      "CREATE TRIGGER swallow BEFORE INSERT ON events BEGIN SELECT RAISE(IGNORE); END",
      finds: "events: the trigger swallow is not declared"),
  ]
}

extension HandMadeChange {
  /// On MariaDB, as an account with all rights on the database.
  static let onMariaDB = columnsOnMariaDB + keysOnMariaDB + checksAndIndexesOnMariaDB + tablesOnMariaDB

  private static let text = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"

  private static let columnsOnMariaDB = [
    HandMadeChange(
      "a type changed", "ALTER TABLE users MODIFY password longtext \(text) NOT NULL",
      finds: "users.password: the type is longtext, declared varchar(255)"),
    HandMadeChange(
      "a length changed", "ALTER TABLE users MODIFY fs_uniquifier varchar(99) \(text) NOT NULL",
      finds: "users.fs_uniquifier: the type is varchar(99), declared varchar(64)"),
    HandMadeChange(
      "a number made unsigned", "ALTER TABLE rollups MODIFY value bigint unsigned NOT NULL",
      finds: "rollups.value: the type is bigint(20) unsigned, declared bigint"),
    HandMadeChange(
      "a precision changed",
      "ALTER TABLE users MODIFY updated_at datetime NOT NULL DEFAULT CURRENT_TIMESTAMP(6)",
      finds: "users.updated_at: the type is datetime, declared datetime(6)",
      "users.updated_at: the default is current_timestamp(), declared current_timestamp(6)"),
    HandMadeChange(
      "a NOT NULL dropped", "ALTER TABLE users MODIFY password varchar(255) \(text)",
      finds: "users.password: NOT NULL is missing"),
    HandMadeChange(
      "a NOT NULL added", "ALTER TABLE users MODIFY confirmed_at datetime(6) NOT NULL",
      finds: "users.confirmed_at: NOT NULL is not declared"),
    HandMadeChange(
      "a default changed", "ALTER TABLE users ALTER active SET DEFAULT 0",
      finds: "users.active: the default is 0, declared 1"),
    HandMadeChange(
      "a default that shows another column",
      "ALTER TABLE users MODIFY active boolean NOT NULL DEFAULT (password LIKE 'S%')",
      finds: "users.active: the default is password like 'S%', declared 1"),
    HandMadeChange(
      "a column that shows another one",
      [
        "ALTER TABLE users DROP COLUMN confirmed_at",
        "ALTER TABLE users ADD confirmed_at varchar(255) \(text) AS (password) VIRTUAL",
      ],
      finds: [
        "users.confirmed_at: the type is varchar(255), declared datetime(6)",
        "users.confirmed_at: the generation password virtual is not declared",
      ]),
    HandMadeChange(
      "a default dropped", "ALTER TABLE events ALTER occurred_at DROP DEFAULT",
      finds: "events.occurred_at: the default is missing, declared current_timestamp(6)"),
    HandMadeChange(
      "a default added", "ALTER TABLE users ALTER password SET DEFAULT 'secret'",
      finds: "users.password: the default 'secret' is not declared"),
    HandMadeChange(
      "a time that every update changes",
      "ALTER TABLE events MODIFY occurred_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)",
      finds:
        "events.occurred_at: the default is current_timestamp(6) on update current_timestamp(6), declared current_timestamp(6)"
    ),
    HandMadeChange(
      "an identity dropped", "ALTER TABLE events MODIFY id bigint NOT NULL",
      finds: "events.id: the identity is missing, declared auto_increment"),
    HandMadeChange(
      "a column dropped", "ALTER TABLE sessions DROP COLUMN revoked_at",
      finds: "sessions.revoked_at: the column is missing"),
    HandMadeChange(
      "a required column added", "ALTER TABLE rollups ADD unit varchar(8) \(text) NOT NULL",
      finds:
        "rollups.unit: the column of type varchar(8) is not declared; it is NOT NULL without a default, so inserts fail"
    ),
    HandMadeChange(
      "a column renamed", "ALTER TABLE webhooks RENAME COLUMN secret TO hidden",
      finds:
        "webhooks.secret: the column is missing; hidden has its type, so it may have been renamed",
      "webhooks.hidden: the column of type longtext is not declared; it is NOT NULL without a default, so inserts fail"
    ),
    HandMadeChange(
      "a column generated",
      [
        "ALTER TABLE webhook_deliveries DROP COLUMN response_status",
        "ALTER TABLE webhook_deliveries ADD response_status integer AS (attempt * 2) STORED",
      ],
      finds: ["webhook_deliveries.response_status: the generation attempt * 2 stored is not declared"]),
    HandMadeChange(
      "a collation that ignores case",
      "ALTER TABLE users MODIFY email varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL",
      finds: "users.email: the collation utf8mb4_general_ci is not declared"),
  ]

  private static let keysOnMariaDB = [
    HandMadeChange(
      "a unique key dropped", "ALTER TABLE users DROP INDEX users_email_key",
      finds: "users.email: the unique key users_email_key is missing, declared (email)"),
    HandMadeChange(
      "a unique key on a part of the text",
      "ALTER TABLE users DROP INDEX users_email_key, ADD UNIQUE INDEX users_email_key (email(9))",
      finds: "users.email: the unique key users_email_key is missing, declared (email)",
      "users: the index users_email_key unique (email(9)) is not declared"),
    HandMadeChange(
      "a primary key on other columns", "ALTER TABLE events DROP PRIMARY KEY, ADD PRIMARY KEY (id, source)",
      finds: "events: the primary key is (id, source), declared (id)"),
    HandMadeChange(
      "a foreign key dropped", "ALTER TABLE sessions DROP FOREIGN KEY sessions_user_id_fkey",
      finds:
        "sessions.user_id: the foreign key sessions_user_id_fkey is missing, declared (user_id) to users (id), on delete cascade"
    ),
    HandMadeChange(
      "a foreign key that refuses", reference("users (id)"),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to users (id), "
          + "declared (user_id) to users (id), on delete cascade"
      ]),
    HandMadeChange(
      "a foreign key to another table", reference("webhooks (id) ON DELETE CASCADE"),
      finds: [
        "sessions.user_id: the foreign key sessions_user_id_fkey is (user_id) to webhooks (id), on delete cascade, "
          + "declared (user_id) to users (id), on delete cascade"
      ]),
  ]

  private static func reference(_ target: String) -> [String] {
    [
      "ALTER TABLE sessions DROP FOREIGN KEY sessions_user_id_fkey",
      "ALTER TABLE sessions ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES \(target)",
    ]
  }

  private static let checksAndIndexesOnMariaDB = [
    HandMadeChange(
      "a check dropped", "ALTER TABLE users DROP CONSTRAINT users_role_check",
      finds: "users.role: the check users_role_check is missing, declared role in ('member', 'operator')"),
    HandMadeChange(
      "a check altered",
      """
      ALTER TABLE users DROP CONSTRAINT users_role_check,
      ADD CONSTRAINT users_role_check CHECK (role IN ('member', 'operator', 'root'))
      """,
      finds:
        "users.role: the check users_role_check is role in ('member', 'operator', 'root'), declared role in ('member', 'operator')"
    ),
    HandMadeChange(
      "a check added", "ALTER TABLE rollups ADD CONSTRAINT positive CHECK (value >= 0)",
      finds: "rollups.value: the check positive value >= 0 is not declared"),
    HandMadeChange(
      "an index dropped", "DROP INDEX webhooks_owner_id_idx ON webhooks",
      finds: "webhooks.owner_id: the index webhooks_owner_id_idx is missing, declared (owner_id)"),
    HandMadeChange(
      "an index that the server ignores", "ALTER TABLE webhooks ALTER INDEX webhooks_owner_id_idx IGNORED",
      finds: "webhooks.owner_id: the index webhooks_owner_id_idx is (owner_id), ignored, declared (owner_id)"),
    HandMadeChange(
      "a unique index added", "CREATE UNIQUE INDEX one_session ON sessions (user_id)",
      finds: "sessions.user_id: the index one_session unique (user_id) is not declared"),
  ]

  private static let tablesOnMariaDB = [
    HandMadeChange(
      "a table that keeps former rows", "ALTER TABLE rollups ADD SYSTEM VERSIONING",
      finds: "rollups: a table with system versioning is in the table's place"),
    HandMadeChange(
      "a table dropped", "DROP TABLE webhook_deliveries",
      finds: "webhook_deliveries: the table is missing"),
    HandMadeChange(
      "a table replaced by a view",
      ["ALTER TABLE rollups RENAME TO numbers", "CREATE VIEW rollups AS SELECT * FROM numbers"],
      finds: ["rollups: a view is in the table's place"]),
    HandMadeChange(
      "a table of another storage engine", "ALTER TABLE events ENGINE = Aria",
      finds: "events: the table is stored by Aria, which is not declared"),
    HandMadeChange(
      "a trigger added",
      "CREATE TRIGGER swallow BEFORE INSERT ON events FOR EACH ROW SET NEW.source = 'x'",
      finds: "events: the trigger swallow is not declared"),
  ]
}

/// The objects that a newer release's migration adds, and that are not in this release's schema.
enum NewerSchema {
  /// Columns that an insert may omit, a table, and the record of the migration.
  static let additions = [
    "ALTER TABLE users ADD COLUMN locale varchar(16)",
    "ALTER TABLE platform_integrations ADD COLUMN note text NOT NULL DEFAULT ''",
    "ALTER TABLE events ADD COLUMN trace text",
    "CREATE TABLE notes (id bigint PRIMARY KEY, body text)",
    "INSERT INTO schema_migrations (version, name, checksum) VALUES (999, 'notes', '\(checksum)')",
  ]

  private static let checksum = String(repeating: "0", count: 64)

  /// Reverts the additions.
  static let removals = [
    "DELETE FROM schema_migrations WHERE version = 999", "DROP TABLE notes",
    "ALTER TABLE events DROP COLUMN trace",
    "ALTER TABLE platform_integrations DROP COLUMN note", "ALTER TABLE users DROP COLUMN locale",
  ]
}

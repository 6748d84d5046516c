/// The objects that a newer release's migration adds, and that are not in this release's schema.
enum NewerSchema {
  /// Columns that an insert may omit, and a table.
  static let additions = [
    "ALTER TABLE users ADD COLUMN locale varchar(16)",
    "ALTER TABLE platform_integrations ADD COLUMN note text NOT NULL DEFAULT ''",
    "ALTER TABLE events ADD COLUMN trace text",
    "CREATE TABLE notes (id bigint PRIMARY KEY, body text)",
  ]

  /// Reverts the additions.
  static let removals = [
    "DROP TABLE notes", "ALTER TABLE events DROP COLUMN trace",
    "ALTER TABLE platform_integrations DROP COLUMN note", "ALTER TABLE users DROP COLUMN locale",
  ]
}

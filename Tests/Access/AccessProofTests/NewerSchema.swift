/// What a newer release's migration leaves in the database, of which this release knows nothing.
enum NewerSchema {
  /// Columns that a program may leave out, and a table.
  static let additions = [
    "ALTER TABLE users ADD COLUMN locale varchar(16)",
    "ALTER TABLE platform_integrations ADD COLUMN note text NOT NULL DEFAULT ''",
    "ALTER TABLE events ADD COLUMN trace text",
    "CREATE TABLE notes (id bigint PRIMARY KEY, body text)",
  ]

  static let removals = [
    "DROP TABLE notes", "ALTER TABLE events DROP COLUMN trace",
    "ALTER TABLE platform_integrations DROP COLUMN note", "ALTER TABLE users DROP COLUMN locale",
  ]
}

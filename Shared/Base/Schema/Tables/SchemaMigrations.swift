/// The record of applied migrations. Only `migrate-admin` writes it; every account can read it.
package struct SchemaMigrations: Table {
  package let id = Column<Self, Int64>.identity
  package let version = Column<Self, Int>("version", .integer)
  package let name = Column<Self, String>("name", .varchar(255))
  /// The SHA-256 of the migration's steps in hexadecimal. It reveals a later change to the migration.
  package let checksum = Column<Self, String>("checksum", .char(64))
  /// The oldest schema version whose programs work with this migration. NULL, from a tool that did not record it, means
  /// the migration's own version, so that no older program counts as compatible by accident.
  package let oldestProgram = Column<Self, Int?>("oldest_program", .integer)
  package let appliedAt = Column<Self, Timestamp>("applied_at", .timestamp, default: .currentTimestamp)

  package static let shape = SchemaMigrations()

  package static let definition = TableDefinition(
    name: "schema_migrations", owner: "migrate-admin",
    columns: columns(\.id, \.version, \.name, \.checksum, \.appliedAt, \.oldestProgram),
    uniqueKeys: [["version"]])
}

/// Which migrations have been applied. Written by `migrate-admin` alone, readable to every account.
package struct SchemaMigrations: Table {
  package let id = Column<Self, Int64>.identity
  package let version = Column<Self, Int>("version", .integer)
  package let name = Column<Self, String>("name", .varchar(255))
  /// The SHA-256 of the migration's steps in hexadecimal: a migration that was changed later is noticed.
  package let checksum = Column<Self, String>("checksum", .char(64))
  /// The oldest schema version whose programs can live with the step. Empty where the tool that applied it knew no
  /// such number, which means the step's own version: nothing older can be taken for compatible by accident.
  package let oldestProgram = Column<Self, Int?>("oldest_program", .integer)
  package let appliedAt = Column<Self, Timestamp>("applied_at", .timestamp, default: .currentTimestamp)

  package static let shape = SchemaMigrations()

  package static let definition = TableDefinition(
    name: "schema_migrations", owner: "migrate-admin",
    columns: columns(\.id, \.version, \.name, \.checksum, \.appliedAt, \.oldestProgram),
    uniqueKeys: [["version"]])
}

import Schema

/// A migration as the database records it.
package struct AppliedMigration: Sendable, Hashable {
  /// Its number.
  package let version: Int
  /// The name it had when it was applied.
  package let name: String
  /// The checksum it had when it was applied.
  package let checksum: String
  /// The oldest schema version whose programs are compatible with it, as recorded then.
  package let oldestProgram: Int
  /// When it was applied, by the engine's clock.
  package let appliedAt: Timestamp

  /// A row of schema_migrations. Without an oldest program the step counts as breaking.
  package init(
    version: Int, name: String, checksum: String, oldestProgram: Int? = nil, appliedAt: Timestamp
  ) {
    self.version = version
    self.name = name
    self.checksum = checksum
    self.oldestProgram = oldestProgram ?? version
    self.appliedAt = appliedAt
  }
}

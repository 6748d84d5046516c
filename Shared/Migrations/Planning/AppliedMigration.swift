import Schema

/// A migration as the database remembers it.
public struct AppliedMigration: Sendable, Hashable {
  /// Its number.
  public let version: Int
  /// The name it had when it was applied.
  public let name: String
  /// The checksum it had when it was applied.
  public let checksum: String
  /// When, by the engine's clock.
  public let appliedAt: Timestamp

  /// A row of schema_migrations.
  public init(version: Int, name: String, checksum: String, appliedAt: Timestamp) {
    self.version = version
    self.name = name
    self.checksum = checksum
    self.appliedAt = appliedAt
  }
}

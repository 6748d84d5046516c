import Schema

/// A migration as the database remembers it.
public struct AppliedMigration: Sendable, Hashable {
  public let version: Int
  public let name: String
  public let checksum: String
  public let appliedAt: Timestamp

  public init(version: Int, name: String, checksum: String, appliedAt: Timestamp) {
    self.version = version
    self.name = name
    self.checksum = checksum
    self.appliedAt = appliedAt
  }
}

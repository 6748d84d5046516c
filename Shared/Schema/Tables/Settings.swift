/// What users have chosen, one named document each. Owned by backend-api.
public struct Settings: Table {
  public let id = Column<Self, Int64>.identity
  public let userID = Column<Self, Int64>("user_id", .bigint)
  public let name = Column<Self, String>("name", .varchar(64))
  public let value = Column<Self, JSONText>("value", .json)
  /// Counts the changes; clients see it as the ETag.
  public let version = Column<Self, Int>("version", .integer, default: .integer(1))
  public let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  public static let shape = Settings()

  public static let definition = TableDefinition(
    name: "settings", owner: "backend-api",
    columns: columns(\.id, \.userID, \.name, \.value, \.version, \.updatedAt),
    uniqueKeys: [["user_id", "name"]],
    references: [Reference(column: "user_id", table: "users")])
}

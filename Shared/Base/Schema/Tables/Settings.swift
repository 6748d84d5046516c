/// Users' settings, one JSON document per user and name. Owned by backend-api.
package struct Settings: Table {
  package let id = Column<Self, Int64>.identity
  package let userID = Column<Self, Int64>("user_id", .bigint)
  package let name = Column<Self, String>("name", .varchar(64))
  package let value = Column<Self, JSONText>("value", .json)
  /// Counts the changes. The API sends it as the ETag.
  package let version = Column<Self, Int>("version", .integer, default: .integer(1))
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = Settings()

  package static let definition = TableDefinition(
    name: "settings", owner: "backend-api",
    columns: columns(\.id, \.userID, \.name, \.value, \.version, \.updatedAt),
    uniqueKeys: [["user_id", "name"]],
    references: [Reference(column: "user_id", table: "users")])
}

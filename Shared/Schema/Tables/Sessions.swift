/// Who is signed in, and until when. Owned by backend-api.
public struct Sessions: Table {
  public let id = Column<Self, Int64>.identity
  public let userID = Column<Self, Int64>("user_id", .bigint)
  /// The SHA-256 of the token in hexadecimal; the token itself is nowhere.
  public let tokenHash = Column<Self, String>("token_hash", .char(64))
  public let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  public let expiresAt = Column<Self, Timestamp>("expires_at", .timestamp)
  public let revokedAt = Column<Self, Timestamp?>("revoked_at", .timestamp)

  public static let shape = Sessions()

  public static let definition = TableDefinition(
    name: "sessions", owner: "backend-api",
    columns: columns(\.id, \.userID, \.tokenHash, \.createdAt, \.expiresAt, \.revokedAt),
    uniqueKeys: [["token_hash"]],
    indexes: [["user_id"]],
    references: [Reference(column: "user_id", table: "users")])
}

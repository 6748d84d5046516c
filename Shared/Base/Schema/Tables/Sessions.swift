/// Users' sessions and their expiry. Owned by backend-api.
package struct Sessions: Table {
  package let id = Column<Self, Int64>.identity
  package let userID = Column<Self, Int64>("user_id", .bigint)
  /// The SHA-256 of the token in hexadecimal. The token itself is never stored.
  package let tokenHash = Column<Self, String>("token_hash", .char(64))
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  package let expiresAt = Column<Self, Timestamp>("expires_at", .timestamp)
  package let revokedAt = Column<Self, Timestamp?>("revoked_at", .timestamp)

  package static let shape = Sessions()

  package static let definition = TableDefinition(
    name: "sessions", owner: "backend-api",
    columns: columns(\.id, \.userID, \.tokenHash, \.createdAt, \.expiresAt, \.revokedAt),
    uniqueKeys: [["token_hash"]],
    indexes: [["user_id"], ["created_at"]],
    references: [Reference(column: "user_id", table: "users")])
}

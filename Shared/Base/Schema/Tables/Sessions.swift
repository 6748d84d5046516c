/// Users' sessions and their expiry. Owned by backend-api.
package struct Sessions: Table {
  package let id = Column<Self, Int64>.identity
  package let userID = Column<Self, Int64>("user_id", .bigint)
  /// The SHA-256, in hexadecimal, of the part that all refresh tokens of the session share. Sessions of before version 11
  /// have that of their only token. No token is stored.
  package let tokenHash = Column<Self, String>("token_hash", .char(64))
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  /// When the session ends unless it is refreshed before.
  package let expiresAt = Column<Self, Timestamp>("expires_at", .timestamp)
  package let revokedAt = Column<Self, Timestamp?>("revoked_at", .timestamp)
  /// The SHA-256 of the refresh token that is valid.
  package let refreshHash = Column<Self, String?>("refresh_hash", .char(64))
  /// That of the one before it.
  package let formerRefreshHash = Column<Self, String?>("former_refresh_hash", .char(64))
  /// What the valid refresh token was made with, from the one before it: a repeated request gets the same one again.
  package let refreshSeed = Column<Self, String?>("refresh_seed", .char(64))
  /// When the valid refresh token was made.
  package let refreshedAt = Column<Self, Timestamp?>("refreshed_at", .timestamp)
  /// What the client says of itself, for its user's list of sessions.
  package let userAgent = Column<Self, String?>("user_agent", .varchar(255))

  package static let shape = Sessions()

  package static let definition = TableDefinition(
    name: "sessions", owner: "backend-api",
    columns: columns(
      \.id, \.userID, \.tokenHash, \.createdAt, \.expiresAt, \.revokedAt, \.refreshHash, \.formerRefreshHash,
      \.refreshSeed, \.refreshedAt, \.userAgent),
    uniqueKeys: [["token_hash"]],
    indexes: [["user_id"], ["created_at"]],
    references: [Reference(column: "user_id", table: "users")])
}

/// What was sent to an address of a user, and comes back once: to confirm the address, or to set another password. Owned by
/// backend-api.
package struct UserTokens: Table {
  package let id = Column<Self, Int64>.identity
  package let userID = Column<Self, Int64>("user_id", .bigint)
  package let purpose = Column<Self, String>(
    "purpose", .varchar(16), allowed: UserTokenPurpose.allCases.map(\.rawValue))
  /// The SHA-256 of the token in hexadecimal. The token itself is never stored.
  package let tokenHash = Column<Self, String>("token_hash", .char(64))
  /// The address that the token was sent to.
  package let email = Column<Self, String>("email", .varchar(255))
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  package let expiresAt = Column<Self, Timestamp>("expires_at", .timestamp)

  package static let shape = UserTokens()

  package static let definition = TableDefinition(
    name: "user_tokens", owner: "backend-api",
    columns: columns(\.id, \.userID, \.purpose, \.tokenHash, \.email, \.createdAt, \.expiresAt),
    uniqueKeys: [["token_hash"], ["user_id", "purpose"]],
    references: [Reference(column: "user_id", table: "users")])
}

/// What a token that was sent to a user is for. The raw value is the text of ``UserTokens/purpose``.
package enum UserTokenPurpose: String, Sendable, Hashable, CaseIterable {
  /// Its holder reads the mail of the address.
  case email
  /// Its holder may set another password.
  case password
}

/// What a request with an `Idempotency-Key` has created. Owned by backend-api.
package struct BackendIdempotencyKeys: Table {
  package let id = Column<Self, Int64>.identity
  /// The user, or 0 for requests without a token.
  package let ownerID = Column<Self, Int64>("owner_id", .bigint)
  package let key = Column<Self, String>("idempotency_key", .varchar(255))
  /// The digest of the request without its body, which has a password.
  package let fingerprint = Column<Self, String>("fingerprint", .char(64))
  /// The id of what was created.
  package let resourceID = Column<Self, Int64>("resource_id", .bigint)
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)

  package static let shape = BackendIdempotencyKeys()

  package static let definition = TableDefinition(
    name: "backend_idempotency_keys", owner: "backend-api",
    columns: columns(\.id, \.ownerID, \.key, \.fingerprint, \.resourceID, \.createdAt),
    uniqueKeys: [["owner_id", "idempotency_key"]],
    indexes: [["owner_id", "created_at"]])
}

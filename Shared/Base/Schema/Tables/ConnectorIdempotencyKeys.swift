/// What a user's request with an `Idempotency-Key` has created. Owned by connector.
package struct ConnectorIdempotencyKeys: Table {
  package let id = Column<Self, Int64>.identity
  package let ownerID = Column<Self, Int64>("owner_id", .bigint)
  package let key = Column<Self, String>("idempotency_key", .varchar(255))
  /// The digest of the request, as hexadecimal: another request with the same key is a mistake.
  package let fingerprint = Column<Self, String>("fingerprint", .char(64))
  /// The id of what was created.
  package let resourceID = Column<Self, Int64>("resource_id", .bigint)
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)

  package static let shape = ConnectorIdempotencyKeys()

  package static let definition = TableDefinition(
    name: "connector_idempotency_keys", owner: "connector",
    columns: columns(\.id, \.ownerID, \.key, \.fingerprint, \.resourceID, \.createdAt),
    uniqueKeys: [["owner_id", "idempotency_key"]],
    indexes: [["owner_id", "created_at"]])
}

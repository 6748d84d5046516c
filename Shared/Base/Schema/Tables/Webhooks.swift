/// URLs that receive events. Owned by connector.
package struct Webhooks: Table {
  package let id = Column<Self, Int64>.identity
  /// A user's id, without a foreign key because another service owns users.
  package let ownerID = Column<Self, Int64>("owner_id", .bigint)
  package let url = Column<Self, String>("url", .varchar(2048))
  /// The signing secret, sealed by the service; behind a space the former one, sealed, `@` and the second of its end.
  package let secret = Column<Self, String>("secret", .text)
  /// A JSON array of event types.
  package let eventTypes = Column<Self, JSONText>("event_types", .json, default: .text("[]"))
  package let active = Column<Self, Bool>("active", .boolean, default: .boolean(true))
  package let disabledReason = Column<Self, String?>("disabled_reason", .varchar(255))
  /// The first failure since the last success; NULL while deliveries succeed.
  package let failingSince = Column<Self, Timestamp?>("failing_since", .timestamp)
  /// The newest event at the registration: a webhook gets those with a higher id. No clock decides that. 0 for a webhook
  /// that a program stored which lacks this column.
  package let registeredAfter = Column<Self, Int64>("registered_after", .bigint, default: .integer(0))
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = Webhooks()

  package static let definition = TableDefinition(
    name: "webhooks", owner: "connector",
    columns: columns(
      \.id, \.ownerID, \.url, \.secret, \.eventTypes, \.active, \.disabledReason, \.createdAt, \.updatedAt,
      \.failingSince, \.registeredAfter),
    indexes: [["owner_id"]])
}

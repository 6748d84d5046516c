/// What became of sending an event to a webhook. Owned by connector.
public struct WebhookDeliveries: Table {
  public let id = Column<Self, Int64>.identity
  public let webhookID = Column<Self, Int64>("webhook_id", .bigint)
  /// An event's id; there is no foreign key, for events are shared.
  public let eventID = Column<Self, Int64>("event_id", .bigint)
  public let attempt = Column<Self, Int>("attempt", .integer, default: .integer(0))
  public let status = Column<Self, String>("status", .varchar(16), default: .text("pending"))
  public let nextAttemptAt = Column<Self, Timestamp?>("next_attempt_at", .timestamp)
  public let responseStatus = Column<Self, Int?>("response_status", .integer)
  public let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  public static let shape = WebhookDeliveries()

  public static let definition = TableDefinition(
    name: "webhook_deliveries", owner: "connector",
    columns: columns(
      \.id, \.webhookID, \.eventID, \.attempt, \.status, \.nextAttemptAt, \.responseStatus, \.updatedAt),
    uniqueKeys: [["webhook_id", "event_id"]],
    indexes: [["status", "next_attempt_at"]],
    references: [Reference(column: "webhook_id", table: "webhooks")])
}

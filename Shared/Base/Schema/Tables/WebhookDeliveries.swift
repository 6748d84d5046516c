/// The delivery of one event to one webhook, with its attempts and status. Owned by connector.
package struct WebhookDeliveries: Table {
  package let id = Column<Self, Int64>.identity
  package let webhookID = Column<Self, Int64>("webhook_id", .bigint)
  /// An event's id, without a foreign key because events are shared.
  package let eventID = Column<Self, Int64>("event_id", .bigint)
  /// The number of the last attempt, and the token of the worker that makes it.
  package let attempt = Column<Self, Int>("attempt", .integer, default: .integer(0))
  package let status = Column<Self, String>("status", .varchar(16), default: .text("pending"))
  /// When a worker may take the row; during an attempt, when another one may take it over.
  package let nextAttemptAt = Column<Self, Timestamp?>("next_attempt_at", .timestamp)
  package let responseStatus = Column<Self, Int?>("response_status", .integer)
  /// The beginning of the answer's body.
  package let responseBody = Column<Self, String?>("response_body", .varchar(1024))
  /// Why the last attempt had no answer.
  package let failure = Column<Self, String?>("failure", .varchar(255))
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = WebhookDeliveries()

  package static let definition = TableDefinition(
    name: "webhook_deliveries", owner: "connector",
    columns: columns(
      \.id, \.webhookID, \.eventID, \.attempt, \.status, \.nextAttemptAt, \.responseStatus, \.updatedAt,
      \.responseBody, \.failure),
    uniqueKeys: [["webhook_id", "event_id"]],
    indexes: [["status", "next_attempt_at"], ["webhook_id", "status"], ["webhook_id", "id"]],
    references: [Reference(column: "webhook_id", table: "webhooks")])
}

import DataAccess
import JSON
import Schema
import Service

/// What an owner does with the deliveries of a webhook, and with its secret.
extension WebhookRepository {
  private typealias Status = DeliveryRepository.Status

  func deliveries(
    of webhookID: Int64, after cursor: PageKey?, limit: Int
  ) async throws(DatabaseError) -> Page<WebhookDelivery> {
    try await database.page(
      Self.deliveryColumns.where(\.webhookID == webhookID), after: cursor, limit: limit,
      as: WebhookDelivery.init)
  }

  private static var deliveryColumns:
    Select<
      WebhookDeliveries, Int64, Int64, Int, String, Timestamp?, Int?, String?, String?, Timestamp
    >
  {
    WebhookDeliveries.select(
      \.id, \.eventID, \.attempt, \.status, \.nextAttemptAt, \.responseStatus, \.responseBody, \.failure,
      \.updatedAt)
  }

  /// Makes a delivery due now: a finished one begins again with its first attempt. Nil where there is none with that id.
  func redeliver(
    _ id: Int64, of webhookID: Int64, at now: Timestamp
  ) async throws(DatabaseError) -> WebhookDelivery? {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \WebhookDeliveries.id == id && \WebhookDeliveries.webhookID == webhookID
      let restarted = try await transaction.run(
        WebhookDeliveries.update(
          \.status <- Status.pending, \.attempt <- 0, \.nextAttemptAt <- now, \.updatedAt <- now
        ).where(row && .in(\.status, Status.finished)))
      if restarted == 0 {
        try await transaction.run(
          WebhookDeliveries.update(\.nextAttemptAt <- now, \.updatedAt <- now)
            .where(row && \.status == Status.pending))
      }
      return try await transaction.first(Self.deliveryColumns.where(row), as: WebhookDelivery.init)
    }
  }

  /// Records an event that goes to this webhook alone. Its delivery follows when the connector has read the event.
  func requestTest(
    of webhook: Webhook, owner ownerID: Int64, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) {
    try await database.transaction { transaction throws(DatabaseError) in
      try await events.append(
        WebhookEventTypes.test, subject: .id(ownerID), by: author,
        payload: ["webhook_id": .integer(webhook.id)],
        object: "webhook/\(webhook.id)", at: now, in: transaction)
    }
  }

  /// Replaces the stored secrets; false where they are not `old` any more, because another request was faster.
  func replaceSecret(
    of id: Int64, owner ownerID: Int64, from old: String, to new: String, by author: EventAuthor,
    at now: Timestamp
  ) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = Webhooks.select(\.secret).where(\.id == id && \.ownerID == ownerID)
      guard try await transaction.first(row.forUpdate(), as: { $0 }) == old else { return false }
      try await transaction.run(Webhooks.update(\.secret <- new, \.updatedAt <- now).where(\.id == id))
      try await events.append(
        "webhook.secret_rotated", subject: .id(ownerID), by: author, payload: ["webhook_id": .integer(id)],
        object: "webhook/\(id)", at: now, in: transaction)
      return true
    }
  }
}

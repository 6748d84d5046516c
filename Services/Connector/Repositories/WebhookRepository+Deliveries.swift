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
      upTo: PageRequest.maximumBytes, as: WebhookDelivery.init)
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

  /// Makes a delivery due now: a finished one, or one in its last attempt, begins again with its first attempt. Nil where there is none with that id.
  func redeliver(
    _ id: Int64, of webhookID: Int64, _ request: OwnedCreation
  ) async throws(DatabaseError) -> Creation<WebhookDelivery>? {
    let now = request.now
    let row = \WebhookDeliveries.id == id && \WebhookDeliveries.webhookID == webhookID
    let delivery = Self.deliveryColumns.where(row)
    return try await request.once(to: webhookID, in: database) { transaction throws(DatabaseError) in
      try await transaction.first(delivery, as: WebhookDelivery.init)
    } action: { transaction throws(DatabaseError) in
      let restarted = try await transaction.run(
        WebhookDeliveries.update(
          \.status <- Status.pending, \.attempt <- 0, \.nextAttemptAt <- now, \.updatedAt <- now
        ).where(row && (.in(\.status, Status.finished) || \.attempt >= DeliveryLimits.attempts)))
      if restarted == 0 {
        try await transaction.run(
          WebhookDeliveries.update(\.nextAttemptAt <- now, \.updatedAt <- now)
            .where(row && \.status == Status.pending))
      }
      return try await transaction.first(delivery, as: WebhookDelivery.init)
    }
  }

  /// Records an event that goes to this webhook alone. Its delivery follows when the connector has read the event.
  func requestTest(
    of webhook: Webhook, by author: EventAuthor, _ request: OwnedCreation
  ) async throws(DatabaseError) -> Creation<String>? {
    try await request.once(to: webhook.id, in: database) { _ throws(DatabaseError) in
      WebhookEventTypes.test
    } action: { transaction throws(DatabaseError) in
      let present = Webhooks.select(\.id).where(\.id == webhook.id && \.ownerID == request.ownerID)
      guard try await transaction.first(present.forUpdate(), as: { $0 }) != nil else { return nil }
      try await events.append(
        WebhookEventTypes.test, subject: .id(request.ownerID), by: author,
        payload: ["webhook_id": .integer(webhook.id)],
        object: "webhook/\(webhook.id)", at: request.now, in: transaction)
      return WebhookEventTypes.test
    }
  }

  /// Replaces the stored secrets; nil where they are not `old` any more, because another request was faster. Repeated, it
  /// returns the present ones: a second rotation would end the secret that the subscriber still has.
  func replaceSecret(
    of id: Int64, from old: String, to new: String, by author: EventAuthor, _ request: OwnedCreation
  ) async throws(DatabaseError) -> Creation<String>? {
    let secret = Webhooks.select(\.secret).where(\.id == id && \.ownerID == request.ownerID)
    return try await request.once(to: id, in: database) { transaction throws(DatabaseError) in
      try await transaction.first(secret, as: { $0 })
    } action: { transaction throws(DatabaseError) in
      guard try await transaction.first(secret.forUpdate(), as: { $0 }) == old else { return nil }
      try await transaction.run(
        Webhooks.update(\.secret <- new, \.updatedAt <- request.now).where(\.id == id))
      try await events.append(
        "webhook.secret_rotated", subject: .id(request.ownerID), by: author,
        payload: ["webhook_id": .integer(id)],
        object: "webhook/\(id)", at: request.now, in: transaction)
      return new
    }
  }
}

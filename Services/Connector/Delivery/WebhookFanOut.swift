import DataAccess
import JSON
import Schema
import Service

/// Follows the event log, and makes a delivery for each webhook that has subscribed to an event.
struct WebhookFanOut: FeedConsumer {
  let name = "webhook-deliveries"
  let minimumAgeSeconds: Int64 = 0
  let database: Database
  var types: [String] { WebhookEventTypes.all }

  private let columns = Webhooks.select(\.id, \.eventTypes, \.createdAt)

  init(_ database: Database) {
    self.database = database
  }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws {
    guard let ownerID = WebhookEventTypes.owner(of: event),
      event.occurredAt.adding(seconds: DeliveryLimits.oldestEventSeconds) > now
    else { return }
    let webhooks = try await database.all(columns.where(\.ownerID == ownerID && \.active == true)) {
      Subscriber(id: $0, types: $1, createdAt: $2)
    }
    let wanted = try webhooks.filter { try $0.wants(event) }.map(\.id)
    guard !wanted.isEmpty else { return }
    // A second time, the rows exist and stay as they are.
    try await database.run(
      WebhookDeliveries.insertMany(
        \.webhookID, \.eventID, \.status, \.nextAttemptAt, \.updatedAt,
        rows: wanted.map { ($0, event.id, DeliveryRepository.Status.pending, Optional(now), now) }
      ).updating(\.eventID, onConflictOf: \.webhookID, \.eventID))
  }

  private struct Subscriber: Sendable {
    let id: Int64
    let types: JSONText
    let createdAt: Timestamp

    func wants(_ event: FeedEvent) throws -> Bool {
      if event.type == WebhookEventTypes.test {
        guard let tested = try? JSONCoding.decode(Tested.self, from: Array(event.payload.text.utf8)) else {
          throw PoisonEvent(reason: "the payload names no webhook")
        }
        return tested.webhookID == id
      }
      guard createdAt <= event.occurredAt else { return false }
      let subscriptions = try? JSONCoding.decode([String].self, from: Array(types.text.utf8))
      return (subscriptions ?? []).contains { WebhookEventTypes.covers($0, event.type) }
    }
  }

  private struct Tested: Decodable {
    let webhookID: Int64

    enum CodingKeys: String, CodingKey {
      case webhookID = "webhook_id"
    }
  }
}

import DataAccess
import JSON
import Schema
import Service

/// Follows the event log, and makes a delivery for each webhook that has subscribed to an event.
struct WebhookFanOut: FeedConsumer {
  let name = "webhook-deliveries"
  let minimumAgeSeconds: Int64 = 0
  let database: Database
  let events: EventLog
  private let waiting: WaitingDeliveries
  var types: [String] { WebhookEventTypes.all }
  var sources: [String] { WebhookEventTypes.services }

  /// The owners that one statement names. A shorter list is filled up: each other length would be another statement to
  /// prepare.
  private static let ownersAtOnce = 100

  private let columns = Webhooks.select(\.id, \.eventTypes, \.registeredAfter, \.createdAt)

  init(_ database: Database, events: EventLog, metrics: DeliveryMetrics) {
    self.database = database
    self.events = events
    waiting = WaitingDeliveries(database: database, metrics: metrics)
  }

  /// The events of owners with an active webhook. A webhook that was stored before an event is visible here, because the
  /// event was read before.
  func concerned(by events: [FeedEvent]) async throws(DatabaseError) -> Set<Int64>? {
    let owned = events.compactMap { event in WebhookEventTypes.owner(of: event).map { (event.id, $0) } }
    let owners = Set(owned.map { $1 }).sorted()
    var subscribed: Set<Int64> = []
    for start in stride(from: 0, to: owners.count, by: Self.ownersAtOnce) {
      var some = Array(owners[start..<min(owners.count, start + Self.ownersAtOnce)])
      some += Array(repeating: owners[start], count: Self.ownersAtOnce - some.count)
      let active = Webhooks.select(\.ownerID).where(.in(\.ownerID, some) && \.active == true)
      subscribed.formUnion(try await database.all(active, as: { $0 }))
    }
    return Set(owned.filter { subscribed.contains($1) }.map { $0.0 })
  }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
    guard let ownerID = WebhookEventTypes.owner(of: event) else { return .complete }
    let webhooks = try await database.all(columns.where(\.ownerID == ownerID && \.active == true)) {
      Subscriber(id: $0, types: $1, registeredAfter: $2, createdAt: $3)
    }
    guard !webhooks.isEmpty else { return .complete }
    let wanted: Set<Int64>
    if event.type == WebhookEventTypes.test {
      let tested = try await testedWebhook(of: event.id)
      wanted = Set(webhooks.map(\.id).filter { $0 == tested })
    } else {
      wanted = Set(webhooks.filter { $0.wants(event) }.map(\.id))
    }
    guard !wanted.isEmpty else { return .complete }
    guard event.occurredAt.adding(seconds: DeliveryLimits.oldestEventSeconds) > now else { return .tooOld }
    try await insert(event.id, for: wanted, of: ownerID, at: now)
    return .complete
  }

  /// The webhook that the payload of a test event names. The connector itself has recorded the event, so the payload is
  /// small.
  private func testedWebhook(of eventID: Int64) async throws -> Int64 {
    let payload = try await database.first(Events.select(\.payload).where(\.id == eventID), as: { $0 })
    guard let payload, let tested = try? JSONCoding.decode(Tested.self, from: Array(payload.text.utf8)) else {
      throw PoisonEvent(reason: "the payload names no webhook")
    }
    return tested.webhookID
  }

  /// Makes the deliveries to those of the webhooks that still exist. Their locks hold up a removal until the rows are
  /// stored: one webhook that is removed meanwhile would refuse the rows of all.
  private func insert(
    _ eventID: Int64, for wanted: Set<Int64>, of ownerID: Int64, at now: Timestamp
  ) async throws(DatabaseError) {
    let present = Webhooks.select(\.id, \.active).where(\.ownerID == ownerID).orderBy(\.id)
    let off = try await database.transaction { transaction throws(DatabaseError) -> [Int64] in
      let webhooks = try await transaction.all(present.forUpdate(), as: { ($0, $1) })
      let ids = webhooks.filter { $1 && wanted.contains($0) }.map { $0.0 }
      guard !ids.isEmpty else { return [] }
      let share = DeliveryLimits.pendingPerOwner / webhooks.count
      let full = try await Self.pending(of: ids, in: transaction).filter { $0.value >= share }.keys.sorted()
      for id in full {
        _ = try await Webhooks.disable(
          id, of: ownerID, because: "\(share) deliveries wait, and no more may", at: now, recordedBy: events,
          in: transaction)
      }
      let free = ids.filter { !full.contains($0) }
      guard !free.isEmpty else { return full }
      // A second time, the rows exist and stay as they are.
      try await transaction.run(
        WebhookDeliveries.insertMany(
          \.webhookID, \.eventID, \.status, \.nextAttemptAt, \.updatedAt,
          rows: free.map { ($0, eventID, DeliveryRepository.Status.pending, Optional(now), now) }
        ).updating(\.eventID, onConflictOf: \.webhookID, \.eventID))
      return full
    }
    for id in off { try await waiting.cancel(of: id, ownedBy: ownerID, at: now) }
  }

  /// The deliveries that wait, for each of the webhooks that has any. Its index has the states: what is finished, and is kept
  /// for ever, costs nothing here.
  private static func pending(
    of ids: [Int64], in transaction: Transaction
  ) async throws(DatabaseError) -> [Int64: Int64] {
    let counts = WebhookDeliveries.aggregate(.key(\.webhookID), .count())
      .where(.in(\.webhookID, ids.padded) && \.status == DeliveryRepository.Status.pending)
    let found = try await transaction.all(counts.making { ($0, $1) })
    return Dictionary(found) { first, _ in first }
  }

  private struct Subscriber: Sendable {
    let id: Int64
    let types: JSONText
    let registeredAfter: Int64
    let createdAt: Timestamp

    /// Whether the event was recorded after the registration. The ids say it: the clocks of two services may differ.
    private func follows(_ event: FeedEvent) -> Bool {
      registeredAfter > 0 ? event.id > registeredAfter : createdAt <= event.occurredAt
    }

    func wants(_ event: FeedEvent) -> Bool {
      guard follows(event) else { return false }
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

import DataAccess
import JSON
import Schema
import Service

/// The webhooks and webhook_deliveries tables. Every query names the owner.
struct WebhookRepository: Sendable {
  let database: Database
  let events: EventLog
  private let columns = Webhooks.select(
    \.id, \.url, \.eventTypes, \.active, \.disabledReason, \.createdAt, \.updatedAt)

  func webhooks(of ownerID: Int64, after cursor: PageKey?, limit: Int) async throws(DatabaseError) -> Page<
    Webhook
  > {
    try await database.page(
      columns.where(\.ownerID == ownerID), after: cursor, limit: limit, as: Self.webhook)
  }

  func webhook(id: Int64, of ownerID: Int64) async throws(DatabaseError) -> Webhook? {
    try await database.first(columns.where(\.id == id && \.ownerID == ownerID), as: Self.webhook)
  }

  /// Stores a webhook; `nil` when the owner has reached the limit.
  func create(
    ownerID: Int64, url: String, sealedSecret: String, eventTypes: JSONText, at now: Timestamp
  ) async throws(DatabaseError) -> Webhook? {
    try await database.transaction { transaction throws(DatabaseError) in
      // Two requests near the limit run one after the other. An owner without a row is far from it.
      let first = Webhooks.select(\.id).where(\.ownerID == ownerID).orderBy(\.id).limit(1)
      _ = try await transaction.exists(first.forUpdate())
      let kept = try await transaction.count(Webhooks.count().where(\.ownerID == ownerID))
      guard kept < ConnectorRules.maximumPerOwner else { return nil }
      let id = try await transaction.insert(
        Webhooks.insert(
          \.ownerID <- ownerID, \.url <- url, \.secret <- sealedSecret, \.eventTypes <- eventTypes,
          \.active <- true, \.createdAt <- now, \.updatedAt <- now),
        returning: \.id)
      try await events.append("webhook.registered", subject: .id(ownerID), at: now, in: transaction)
      return try Self.webhook(
        id: id, url: url, eventTypes: eventTypes, active: true, disabledReason: nil, createdAt: now,
        updatedAt: now)
    }
  }

  func update(
    id: Int64, of ownerID: Int64, _ changes: WebhookChanges, at now: Timestamp
  ) async throws(DatabaseError) -> Webhook? {
    try await database.transaction { transaction throws(DatabaseError) in
      var assignments: [Assignment<Webhooks>] = [\.updatedAt <- now]
      if let url = changes.url { assignments.append(\.url <- url) }
      if let eventTypes = changes.eventTypes { assignments.append(\.eventTypes <- eventTypes) }
      if let active = changes.active { assignments += [\.active <- active, \.disabledReason <- nil] }
      let mine = \Webhooks.id == id && \Webhooks.ownerID == ownerID
      let changed = try await transaction.run(
        Webhooks.update(assignments).where(mine), returning: columns, as: Self.webhook)
      guard let webhook = changed.first else { return nil }
      try await events.append("webhook.updated", subject: .id(ownerID), at: now, in: transaction)
      return webhook
    }
  }

  /// Removes a webhook with its deliveries; false when the owner has no webhook with that id.
  func delete(id: Int64, of ownerID: Int64, at now: Timestamp) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let mine = \Webhooks.id == id && \Webhooks.ownerID == ownerID
      guard try await transaction.count(Webhooks.count().where(mine)) == 1 else { return false }
      try await transaction.run(WebhookDeliveries.delete().where(\.webhookID == id))
      try await transaction.run(Webhooks.delete().where(mine))
      try await events.append("webhook.removed", subject: .id(ownerID), at: now, in: transaction)
      return true
    }
  }

  func deliveries(
    of webhookID: Int64, after cursor: PageKey?, limit: Int
  ) async throws(DatabaseError) -> Page<WebhookDelivery> {
    try await database.page(
      WebhookDeliveries.select(
        \.id, \.eventID, \.attempt, \.status, \.nextAttemptAt, \.responseStatus, \.updatedAt
      ).where(\.webhookID == webhookID),
      after: cursor, limit: limit, as: WebhookDelivery.init)
  }

  @Sendable private static func webhook(
    id: Int64, url: String, eventTypes: JSONText, active: Bool, disabledReason: String?,
    createdAt: Timestamp, updatedAt: Timestamp
  ) throws(DatabaseError) -> Webhook {
    Webhook(
      id: id, url: url, eventTypes: try JSONValue(stored: eventTypes, in: \Webhooks.eventTypes),
      active: active,
      disabledReason: disabledReason, createdAt: createdAt, updatedAt: updatedAt)
  }
}

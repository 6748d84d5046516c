import DataAccess
import JSON
import Routing
import Schema
import Service

/// The webhooks and webhook_deliveries tables. Every query names the owner.
struct WebhookRepository: Sendable {
  let database: Database
  let events: EventLog
  let waiting: WaitingDeliveries
  private let columns = Webhooks.select(
    \.id, \.url, \.eventTypes, \.active, \.disabledReason, \.createdAt, \.updatedAt)

  init(database: Database, events: EventLog, metrics: DeliveryMetrics) {
    self.database = database
    self.events = events
    waiting = WaitingDeliveries(database: database, metrics: metrics)
  }

  func webhooks(of ownerID: Int64, after cursor: PageKey?, limit: Int) async throws(DatabaseError) -> Page<
    Webhook
  > {
    try await database.page(
      columns.where(\.ownerID == ownerID), after: cursor, limit: limit, upTo: PageRequest.maximumBytes,
      as: Self.webhook)
  }

  func webhook(id: Int64, of ownerID: Int64) async throws(DatabaseError) -> Webhook? {
    try await database.first(columns.where(\.id == id && \.ownerID == ownerID), as: Self.webhook)
  }

  /// Stores a webhook.
  func create(
    ownerID: Int64, url: String, sealedSecret: String, eventTypes: JSONText, key: IdempotencyKey? = nil,
    by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Creation<Webhook> {
    let mine = \Webhooks.ownerID == ownerID
    return try await OwnedCreation(ownerID: ownerID, key: key, now: now).run(
      in: database, counting: Webhooks.count().where(mine), upTo: ConnectorRules.maximumWebhooks,
      find: { id, transaction throws(DatabaseError) in
        try await transaction.first(columns.where(\.id == id && mine), as: Self.webhook)
      },
      insert: { transaction throws(DatabaseError) in
        let newest = try await transaction.one(Events.aggregate(.max(\.id)).making { $0 ?? Int64(0) })
        let id = try await transaction.insert(
          Webhooks.insert(
            \.ownerID <- ownerID, \.registeredAfter <- newest, \.url <- url, \.secret <- sealedSecret,
            \.eventTypes <- eventTypes,
            \.active <- true, \.createdAt <- now, \.updatedAt <- now),
          returning: \.id)
        try await events.append(
          "webhook.registered", subject: .id(ownerID), by: author, object: "webhook/\(id)", at: now,
          in: transaction)
        let webhook = try Self.webhook(
          id: id, url: url, eventTypes: eventTypes, active: true, disabledReason: nil, createdAt: now,
          updatedAt: now)
        return (id, webhook)
      })
  }

  /// The sealed secrets of a webhook.
  func storedSecret(id: Int64, of ownerID: Int64) async throws(DatabaseError) -> String? {
    try await database.first(
      Webhooks.select(\.secret).where(\.id == id && \.ownerID == ownerID), as: { $0 })
  }

  /// Changes a webhook, and then what waits for it.
  ///
  /// A webhook that is switched on begins with nothing that waits. What waited while it was off would count against it, and
  /// would switch it off again.
  func update(
    id: Int64, of ownerID: Int64, _ changes: WebhookChanges, if precondition: Precondition = .none,
    by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Change<Webhook> {
    if changes.active == true { try await waiting.cancel(of: id, ownedBy: ownerID, at: now) }
    let change = try await store(changes, id: id, of: ownerID, if: precondition, by: author, at: now)
    guard case .made(let webhook) = change else { return change }
    // The change is made. A step that fails leaves rows to their pauses.
    if !webhook.active {
      try? await waiting.cancel(of: id, ownedBy: ownerID, at: now)
    } else if changes.url != nil {
      try? await waiting.makeDue(of: id, at: now)
    }
    return change
  }

  private func store(
    _ changes: WebhookChanges, id: Int64, of ownerID: Int64, if precondition: Precondition,
    by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Change<Webhook> {
    try await database.transaction { transaction throws(DatabaseError) in
      var assignments: [Assignment<Webhooks>] = [\.updatedAt <- now]
      if let url = changes.url { assignments += [\.url <- url, \.failingSince <- nil] }
      if let eventTypes = changes.eventTypes { assignments.append(\.eventTypes <- eventTypes) }
      if let active = changes.active { assignments += [\.active <- active, \.disabledReason <- nil] }
      if changes.active == true, changes.url == nil { assignments.append(\.failingSince <- nil) }
      let mine = \Webhooks.id == id && \Webhooks.ownerID == ownerID
      return try await transaction.change(columns.where(mine), if: precondition, as: Self.webhook) {
        () throws(DatabaseError) in
        let changed = try await transaction.run(
          Webhooks.update(assignments).where(mine), returning: columns, as: Self.webhook)
        guard let webhook = changed.first else { return nil }
        try await events.append(
          "webhook.updated", subject: .id(ownerID), by: author, payload: ["fields": changes.fieldNames],
          object: "webhook/\(id)", at: now, in: transaction)
        return webhook
      }
    }
  }

  /// Removes a webhook with its deliveries.
  func delete(
    id: Int64, of ownerID: Int64, if precondition: Precondition = .none, by author: EventAuthor,
    at now: Timestamp
  ) async throws(DatabaseError) -> Change<Void> {
    try await database.transaction { transaction throws(DatabaseError) in
      let mine = \Webhooks.id == id && \Webhooks.ownerID == ownerID
      return try await transaction.change(columns.where(mine), if: precondition, as: Self.webhook) {
        () throws(DatabaseError) -> Void? in
        // The deliveries have no owner: those of another user's webhook stay.
        guard try await transaction.count(Webhooks.count().where(mine)) == 1 else { return nil }
        let deliveries = WebhookDeliveries.delete().where(\.webhookID == id)
        try await transaction.run(deliveries)
        // The fan-out adds deliveries under this lock. It is taken behind the long statement, and holds no event up. Of
        // several removals at once, one finds the row.
        let locked = Webhooks.select(\.id).where(mine).forUpdate()
        guard try await transaction.first(locked, as: { $0 }) != nil else { return nil }
        try await transaction.run(deliveries)
        try await transaction.run(Webhooks.delete().where(mine))
        try await events.append(
          "webhook.removed", subject: .id(ownerID), by: author, object: "webhook/\(id)", at: now,
          in: transaction)
        return ()
      }
    }
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

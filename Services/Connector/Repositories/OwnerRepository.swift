import DataAccess
import JSON
import Schema
import Service

/// Everything that the connector's tables hold for one owner.
struct OwnerRepository: Sendable {
  /// The most rows that one transaction removes: a long one would hold up the others, and meet the statement timeout.
  static let rowsPerTransaction = 500

  let database: Database
  let events: EventLog

  /// The number of removed rows.
  struct Removed: Sendable, Hashable {
    var integrations = 0
    var webhooks = 0
    var deliveries = 0
    var isEmpty: Bool { self == Removed() }

    fileprivate var payload: [String: JSONValue] {
      [
        "integrations": .integer(Int64(integrations)), "webhooks": .integer(Int64(webhooks)),
        "deliveries": .integer(Int64(deliveries)),
      ]
    }
  }

  /// Removes all of it, part by part. After an interruption another call removes the rest.
  @discardableResult
  func removeEverything(of ownerID: Int64, at now: Timestamp) async throws(DatabaseError) -> Removed {
    var removed = Removed()
    let integrations = Integrations.select(\.id).where(\.ownerID == ownerID)
      .limit(stated: Self.rowsPerTransaction)
    let webhooks = Webhooks.select(\.id).where(\.ownerID == ownerID).orderBy(\.id)
    while true {
      let ids = try await database.all(integrations, as: { $0 })
      if ids.isEmpty { break }
      removed.integrations += try await database.run(Integrations.delete().where(.in(\.id, ids.padded)))
    }
    while let webhookID = try await database.first(webhooks, as: { $0 }) {
      removed.deliveries += try await removeDeliveries(of: webhookID)
      removed.webhooks += try await remove(webhookID)
    }
    try await database.run(ConnectorIdempotencyKeys.delete().where(\.ownerID == ownerID))
    try await database.run(ConnectorOwners.delete().where(\.ownerID == ownerID))
    guard !removed.isEmpty else { return removed }
    try await database.transaction { transaction throws(DatabaseError) in
      try await events.append(
        "owner.removed", subject: .id(ownerID), payload: removed.payload, at: now, in: transaction)
    }
    return removed
  }

  private func removeDeliveries(of webhookID: Int64) async throws(DatabaseError) -> Int {
    let some = WebhookDeliveries.select(\.id).where(\.webhookID == webhookID)
      .limit(stated: Self.rowsPerTransaction)
    var removed = 0
    while true {
      let ids = try await database.all(some, as: { $0 })
      if ids.isEmpty { return removed }
      removed += try await database.run(WebhookDeliveries.delete().where(.in(\.id, ids.padded)))
    }
  }

  /// Removes a webhook with deliveries that were added meanwhile: the fan-out adds none under this lock.
  private func remove(_ webhookID: Int64) async throws(DatabaseError) -> Int {
    let webhook = Webhooks.select(\.id).where(\.id == webhookID)
    return try await database.transaction { transaction throws(DatabaseError) in
      _ = try await transaction.first(webhook.forUpdate(), as: { $0 })
      try await transaction.run(WebhookDeliveries.delete().where(\.webhookID == webhookID))
      return try await transaction.run(Webhooks.delete().where(\.id == webhookID))
    }
  }
}

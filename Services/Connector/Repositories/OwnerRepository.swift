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

  /// Removes some rows of it, ``rowsPerTransaction`` at most, and returns whether nothing is left. The last part records
  /// what all of them have removed. After an interruption further calls remove the rest.
  func removePart(
    of ownerID: Int64, adding removed: inout Removed, at now: Timestamp
  ) async throws(DatabaseError) -> Bool {
    let integrations = try await someIDs(Integrations.select(\.id).where(\.ownerID == ownerID))
    guard integrations.isEmpty else {
      removed.integrations += try await database.run(Integrations.delete().where(.in(\.id, integrations)))
      return false
    }
    let webhooks = Webhooks.select(\.id, \.active).where(\.ownerID == ownerID).orderBy(\.id)
    if let (webhook, isActive) = try await database.first(webhooks, as: { ($0, $1) }) {
      // Nothing is sent, and the fan-out adds no further row.
      if isActive {
        try await database.run(Webhooks.update(\.active <- false).where(\.ownerID == ownerID))
      }
      try await removePart(ofWebhook: webhook, adding: &removed)
      return false
    }
    let keys = try await someIDs(ConnectorIdempotencyKeys.select(\.id).where(\.ownerID == ownerID))
    guard keys.isEmpty else {
      try await database.run(ConnectorIdempotencyKeys.delete().where(.in(\.id, keys)))
      return false
    }
    try await database.run(ConnectorOwners.delete().where(\.ownerID == ownerID))
    guard !removed.isEmpty else { return true }
    let payload = removed.payload
    try await database.transaction { transaction throws(DatabaseError) in
      try await events.append(
        "owner.removed", subject: .id(ownerID), payload: payload, at: now, in: transaction)
    }
    return true
  }

  private func someIDs<Owner: Table>(_ ids: Select<Owner, Int64>) async throws(DatabaseError) -> [Int64] {
    try await database.all(ids.limit(stated: Self.rowsPerTransaction), as: { $0 }).padded
  }

  private func removePart(
    ofWebhook webhook: Int64, adding removed: inout Removed
  ) async throws(DatabaseError) {
    let deliveries = try await someIDs(WebhookDeliveries.select(\.id).where(\.webhookID == webhook))
    guard deliveries.isEmpty else {
      removed.deliveries += try await database.run(WebhookDeliveries.delete().where(.in(\.id, deliveries)))
      return
    }
    removed.webhooks += try await remove(webhook)
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

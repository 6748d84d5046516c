import DataAccess
import Schema

/// What waits for one webhook, when the webhook is switched off, is switched on again, or gets another URL.
///
/// Up to ``DeliveryLimits/pendingPerOwner`` rows may wait. They change in steps: each transaction is short.
struct WaitingDeliveries: Sendable {
  private typealias Status = DeliveryRepository.Status

  /// The most rows that one transaction changes.
  static let rowsPerTransaction = 500

  let database: Database
  let metrics: DeliveryMetrics

  /// Cancels what waits for the webhook while it is switched off. A row that another transaction holds is left: a worker
  /// records or claims it, and cancels it when it falls due.
  func cancel(of webhookID: Int64, ownedBy ownerID: Int64, at now: Timestamp) async throws(DatabaseError) {
    let off = Webhooks.select(\.id).where(
      \.id == webhookID && \.ownerID == ownerID && \.active == false)
    var cancelled = Self.rowsPerTransaction
    while cancelled == Self.rowsPerTransaction {
      cancelled = try await database.transaction { transaction throws(DatabaseError) in
        let ids = try await Self.some(
          \.webhookID == webhookID && \.status == Status.pending, in: transaction)
        // The rows are older than this look: of a webhook that is switched on behind it, they are those from before.
        guard !ids.isEmpty, try await transaction.exists(off) else { return 0 }
        return try await transaction.run(
          WebhookDeliveries.update(\.status <- Status.cancelled, \.nextAttemptAt <- nil, \.updatedAt <- now)
            .where(.in(\.id, ids.padded)))
      }
      metrics.countCancelled(cancelled)
    }
  }

  /// Ends the pauses of what waits for the webhook: they come from another URL. A delivery in its last attempt begins again.
  func makeDue(of webhookID: Int64, at now: Timestamp) async throws(DatabaseError) {
    var last: Int64? = 0
    while let before = last {
      last = try await database.transaction { transaction throws(DatabaseError) in
        let ids = try await Self.some(
          \.webhookID == webhookID && \.status == Status.pending && \.id > before, in: transaction)
        guard let end = ids.last else { return nil }
        let rows = Predicate<WebhookDeliveries>.in(\.id, ids.padded)
        try await transaction.gather(
          WebhookDeliveries.update(\.attempt <- 0).where(rows && \.attempt >= DeliveryLimits.attempts))
        try await transaction.run(
          WebhookDeliveries.update(\.nextAttemptAt <- now).where(rows && \.nextAttemptAt > now))
        return end
      }
    }
  }

  private static func some(
    _ rows: Predicate<WebhookDeliveries>, in transaction: Transaction
  ) async throws(DatabaseError) -> [Int64] {
    try await transaction.all(
      WebhookDeliveries.select(\.id).where(rows).orderBy(\.id).limit(rowsPerTransaction)
        .forUpdateSkippingLocked(), as: { $0 })
  }
}

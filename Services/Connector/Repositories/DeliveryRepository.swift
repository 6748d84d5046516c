import DataAccess
import Schema
import Service

/// The webhook_deliveries table as the workers see it.
///
/// A worker claims rows: it raises their attempt and moves `next_attempt_at` to the end of a lease and of the attempt's
/// pause, in one short transaction. A worker that dies loses its lease, and another one takes the row over: an event is
/// sent at least once.
/// The attempt is the token of a claim. A worker whose lease has ended records nothing.
struct DeliveryRepository: Sendable {
  let database: Database
  let events: EventLog
  let waiting: WaitingDeliveries

  init(database: Database, events: EventLog, metrics: DeliveryMetrics) {
    self.database = database
    self.events = events
    waiting = WaitingDeliveries(database: database, metrics: metrics)
  }

  /// The states of a delivery.
  enum Status {
    static let pending = "pending"
    static let delivered = "delivered"
    static let failed = "failed"
    /// The webhook was switched off meanwhile.
    static let cancelled = "cancelled"
    static let finished = [delivered, failed, cancelled]
  }

  /// The moment at which the oldest due delivery became due; nil where none is.
  func oldestDue(at now: Timestamp) async throws(DatabaseError) -> Timestamp? {
    let first = WebhookDeliveries.select(\.nextAttemptAt).where(Self.isDue(at: now)).orderBy(\.nextAttemptAt)
    return try await database.first(first, as: { $0 }) ?? nil
  }

  /// Makes due what a worker with a wrong clock has put off for longer than any pause; returns the number.
  func recall(at now: Timestamp) async throws(DatabaseError) -> Int {
    let latest = now.adding(seconds: DeliveryLimits.latestDueSeconds)
    return try await database.run(
      WebhookDeliveries.update(\.nextAttemptAt <- now)
        .where(\.status == Status.pending && \.nextAttemptAt > latest))
  }

  /// What one claim found.
  struct Claim: Sendable {
    var deliveries: [DueDelivery] = []
    /// The rows of webhooks that are switched off.
    var cancelled = 0
    /// The rows whose last attempt ended without a result.
    var givenUp = 0
    /// Whether there may be more due rows.
    var isFull = false
  }

  /// Claims due rows for which there are slots, of webhooks that do not fail `most` at most.
  func claim(
    _ slots: inout DeliverySlots, at now: Timestamp, leaseSeconds: Int64,
    atMost most: Int = DeliveryLimits.running
  ) async throws(DatabaseError) -> Claim {
    // More rows than it may take, because some get no slot.
    let limit = slots.room
    let before = slots
    let (claim, after) = try await database.transaction {
      transaction throws(DatabaseError) -> (Claim, DeliverySlots) in
      var slots = before
      let rows = try await transaction.all(
        WebhookDeliveries.select(\.id, \.webhookID, \.eventID, \.attempt)
          .where(Self.isDue(at: now)).where(!Self.isExcluded(by: before))
          .orderBy(\.nextAttemptAt).limit(limit).forUpdateSkippingLocked()
      ) { Row(id: $0, webhookID: $1, eventID: $2, attempt: $3) }
      if rows.isEmpty { return (Claim(), slots) }
      let targets = try await Self.targets(of: rows, in: transaction)
      var (chosen, off, spent): ([Row], [Int64], [Row]) = ([], [], [])
      var healthy = 0
      for row in rows {
        guard let target = targets[row.webhookID], target.active else {
          off.append(row.id)
          continue
        }
        guard row.attempt < DeliveryLimits.attempts else {
          spent.append(row)
          continue
        }
        let isFailing = target.failingSince != nil
        guard isFailing || healthy < most else { continue }
        guard slots.take(webhook: target.id, owner: target.ownerID, isFailing: isFailing) else { continue }
        chosen.append(row)
        slots.running.insert(row.id)
        healthy += isFailing ? 0 : 1
      }
      try await Self.lease(chosen, leaseSeconds, at: now, in: transaction)
      try await Self.cancel(off, at: now, in: transaction)
      try await Self.giveUp(spent, at: now, in: transaction)
      let events = try await Self.events(of: chosen, in: transaction)
      let deliveries = chosen.compactMap { row in
        targets[row.webhookID].map {
          DueDelivery(id: row.id, attempt: row.attempt + 1, webhook: $0, event: events[row.eventID])
        }
      }
      let claim = Claim(
        deliveries: deliveries, cancelled: off.count, givenUp: spent.count, isFull: rows.count == limit)
      return (claim, slots)
    }
    slots = after
    return claim
  }

  /// The pause of the attempt follows its lease: an attempt without a result has failed, and the next one may fail in the
  /// same way.
  private static func lease(
    _ rows: [Row], _ seconds: Int64, at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    for (attempt, rows) in Dictionary(grouping: rows, by: { $0.attempt + 1 }) {
      let end = now.adding(seconds: seconds + (DeliveryLimits.pauseSeconds(after: attempt) ?? 0))
      try await transaction.run(
        WebhookDeliveries.update(.increment(\.attempt), \.nextAttemptAt <- end)
          .where(.in(\.id, rows.map(\.id).padded)))
    }
  }

  private static func cancel(
    _ ids: [Int64], at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    guard !ids.isEmpty else { return }
    try await transaction.run(
      WebhookDeliveries.update(\.status <- Status.cancelled, \.nextAttemptAt <- nil, \.updatedAt <- now)
        .where(.in(\.id, ids.padded)))
  }

  /// Ends deliveries whose last attempt outlasted its lease or lost its worker: without an end they would be claimed for
  /// ever. Their webhooks count as failing.
  private static func giveUp(
    _ rows: [Row], at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    guard !rows.isEmpty else { return }
    try await transaction.run(
      WebhookDeliveries.update(
        \.status <- Status.failed, \.nextAttemptAt <- nil, \.updatedAt <- now,
        \.failure <- "the last attempt ended without a result"
      ).where(.in(\.id, rows.map(\.id).padded)))
    try await transaction.run(
      Webhooks.update(\.failingSince <- now)
        .where(.in(\.id, rows.map(\.webhookID).padded) && \.failingSince.isNull))
  }

  private struct Row: Sendable {
    let id: Int64
    let webhookID: Int64
    let eventID: Int64
    let attempt: Int
  }

  private static func isDue(at now: Timestamp) -> Predicate<WebhookDeliveries> {
    \.status == Status.pending && \.nextAttemptAt <= now
  }

  /// Whether the row can get no slot, or has one. A user is excluded with all webhooks at once.
  private static func isExcluded(by slots: DeliverySlots) -> Predicate<WebhookDeliveries> {
    var excluded = Predicate<WebhookDeliveries>.in(\.webhookID, slots.excludedWebhooks.padded)
    if !slots.running.isEmpty { excluded = excluded || .in(\.id, slots.running.padded) }
    let owners = slots.excludedOwners
    if !owners.isEmpty {
      excluded =
        excluded || .in(\.webhookID, Webhooks.select(\.id).where(.in(\.ownerID, owners.padded)))
    }
    if slots.excludesFailing {
      excluded = excluded || .in(\.webhookID, Webhooks.select(\.id).where(!\.failingSince.isNull))
    }
    return excluded
  }

  private static func targets(
    of rows: [Row], in transaction: Transaction
  ) async throws(DatabaseError) -> [Int64: DueDelivery.Target] {
    let ids = rows.map(\.webhookID).padded
    let found = try await transaction.all(
      Webhooks.select(\.id, \.ownerID, \.url, \.secret, \.active, \.failingSince).where(.in(\.id, ids))
    ) {
      DueDelivery.Target(
        id: $0, ownerID: $1, url: $2, storedSecret: $3, active: $4, failingSince: $5)
    }
    return Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
  }

  private static func events(
    of rows: [Row], in transaction: Transaction
  ) async throws(DatabaseError) -> [Int64: EventWithPayload] {
    let ids = rows.map(\.eventID).padded
    let found = try await transaction.all(
      Events.select(\.id, \.type, \.source, \.subject, \.payload, \.occurredAt).where(.in(\.id, ids)),
      as: EventWithPayload.init)
    return Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
  }
}

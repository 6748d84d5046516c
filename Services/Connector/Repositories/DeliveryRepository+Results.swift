import DataAccess
import JSON
import Schema
import Service

extension DeliveryRepository {
  /// The result of one attempt.
  struct Result: Sendable {
    let delivery: DueDelivery
    let outcome: DeliveryOutcome
    let endedAt: Timestamp

    /// Seconds until the next attempt; nil where there is none.
    let pauseSeconds: Int64?

    /// Whether something may follow for the webhook: a run of failures begins, ends or has lasted too long.
    fileprivate var concernsHealth: Bool {
      let since = delivery.webhook.failingSince
      return switch outcome {
      case .delivered: since != nil
      case .impossible: false
      case .refused, .failed: outcome.isGone || (since.map(hasLastedTooLong) ?? true)
      }
    }

    fileprivate func hasLastedTooLong(since: Timestamp) -> Bool {
      since.adding(seconds: DeliveryLimits.failingSeconds) <= endedAt
    }
  }

  /// Records the results of attempts, with what follows for their webhooks. A result whose lease has ended, or whose
  /// delivery was removed, changes nothing.
  func record(_ results: [Result]) async throws(DatabaseError) {
    let off = try await database.transaction { transaction throws(DatabaseError) -> [DueDelivery.Target] in
      var off: [DueDelivery.Target] = []
      for result in results {
        guard result.concernsHealth else {
          // It travels with the next statement: a worker that dies repeats what it has not recorded.
          try await transaction.gather(Self.change(by: result))
          continue
        }
        guard try await transaction.run(Self.change(by: result)) == 1 else { continue }
        if try await noteHealth(after: result, in: transaction) { off.append(result.delivery.webhook) }
      }
      return off
    }
    guard let now = results.last?.endedAt else { return }
    // The results are recorded. What a failed step leaves is cancelled when it falls due.
    for webhook in off { try? await waiting.cancel(of: webhook.id, ownedBy: webhook.ownerID, at: now) }
  }

  private static func change(by result: Result) -> Update<WebhookDeliveries> {
    let now = result.endedAt
    var assignments: [Assignment<WebhookDeliveries>] = [\.updatedAt <- now]
    switch result.outcome {
    case .delivered(let answer), .refused(let answer, _):
      assignments += [\.responseStatus <- answer.status, \.responseBody <- answer.body, \.failure <- nil]
    case .failed(let reason), .impossible(let reason):
      assignments += [
        \.responseStatus <- nil, \.responseBody <- nil,
        \.failure
          <- String(String.UnicodeScalarView(reason.unicodeScalars.prefix(DeliveryLimits.failureScalars))),
      ]
    }
    switch result.outcome {
    case .delivered: assignments += [\.status <- Status.delivered, \.nextAttemptAt <- nil]
    case .refused, .failed, .impossible:
      if let pause = result.pauseSeconds {
        assignments.append(\.nextAttemptAt <- now.adding(seconds: pause))
      } else {
        assignments += [\.status <- Status.failed, \.nextAttemptAt <- nil]
      }
    }
    let (id, attempt) = (result.delivery.id, result.delivery.attempt)
    return WebhookDeliveries.update(assignments).where(
      \.id == id && \.attempt == attempt && \.status == Status.pending)
  }

  /// Notes the begin and the end of a run of failures. A webhook is switched off when a run has lasted too long, or at
  /// the subscriber's own wish. Returns whether this result has switched it off.
  ///
  /// A result says something about the URL of its attempt alone: it changes no webhook that has another one by now.
  private func noteHealth(
    after result: Result, in transaction: Transaction
  ) async throws(DatabaseError) -> Bool {
    let (webhook, now) = (result.delivery.webhook, result.endedAt)
    let attempted = \Webhooks.id == webhook.id && \Webhooks.url == webhook.url
    switch result.outcome {
    case .impossible: return false
    case .delivered:
      guard webhook.failingSince != nil else { return false }
      try await transaction.run(Webhooks.update(\.failingSince <- nil).where(attempted))
      return false
    case .refused, .failed:
      if result.outcome.isGone {
        let isOff = try await disable(
          attempted, after: result, "the subscriber answered 410 Gone", transaction)
        if !isOff { try await Self.sendToNewURL(result, in: transaction) }
        return isOff
      }
      guard let since = webhook.failingSince else {
        try await transaction.run(
          Webhooks.update(\.failingSince <- now).where(attempted && \.failingSince.isNull))
        return false
      }
      guard result.hasLastedTooLong(since: since) else { return false }
      // The row may say that a delivery has succeeded since this one was claimed.
      let days = DeliveryLimits.failingSeconds / 86_400
      return try await disable(
        attempted && \.failingSince == since, after: result, "no delivery has succeeded for \(days) days",
        transaction)
    }
  }

  private func disable(
    _ row: Predicate<Webhooks>, after result: Result, _ reason: String, _ transaction: Transaction
  ) async throws(DatabaseError) -> Bool {
    let webhook = result.delivery.webhook
    return try await Webhooks.disable(
      webhook.id, of: webhook.ownerID, where: row, because: reason, at: result.endedAt, recordedBy: events,
      in: transaction)
  }

  /// Lets a delivery go on whose former URL wants nothing more: the webhook has another URL by now.
  private static func sendToNewURL(_ result: Result, in transaction: Transaction) async throws(DatabaseError)
  {
    let (id, webhook) = (result.delivery.id, result.delivery.webhook)
    guard result.delivery.attempt < DeliveryLimits.attempts else { return }
    let moved = Webhooks.select(\.id).where(
      \.id == webhook.id && \.active == true && !(\.url == webhook.url))
    try await transaction.run(
      WebhookDeliveries.update(\.status <- Status.pending, \.nextAttemptAt <- result.endedAt)
        .where(\.id == id && \.status == Status.failed && .in(\.webhookID, moved)))
  }
}

extension Webhooks {
  /// Switches an active webhook off, and records that; returns whether it did. The caller cancels what waits for it, after
  /// the transaction.
  static func disable(
    _ id: Int64, of ownerID: Int64, where condition: Predicate<Webhooks>? = nil, because reason: String,
    at now: Timestamp, recordedBy events: EventLog, in transaction: Transaction
  ) async throws(DatabaseError) -> Bool {
    var rows = \Webhooks.id == id && \Webhooks.active == true
    if let condition { rows = rows && condition }
    let changed = try await transaction.run(
      Webhooks.update(\.active <- false, \.disabledReason <- reason, \.updatedAt <- now).where(rows))
    guard changed == 1 else { return false }
    try await events.append(
      WebhookEventTypes.disabled, subject: .id(ownerID),
      payload: ["webhook_id": .integer(id), "reason": .string(reason)],
      object: "webhook/\(id)", at: now, in: transaction)
    return true
  }
}

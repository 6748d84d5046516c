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
    try await database.transaction { transaction throws(DatabaseError) in
      for result in results {
        guard result.concernsHealth else {
          // It travels with the next statement: a worker that dies repeats what it has not recorded.
          try await transaction.gather(Self.change(by: result))
          continue
        }
        guard try await transaction.run(Self.change(by: result)) == 1 else { continue }
        try await noteHealth(after: result, in: transaction)
      }
    }
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
  /// the subscriber's own wish.
  private func noteHealth(after result: Result, in transaction: Transaction) async throws(DatabaseError) {
    let (webhook, now) = (result.delivery.webhook, result.endedAt)
    switch result.outcome {
    case .impossible: return
    case .delivered:
      guard webhook.failingSince != nil else { return }
      try await transaction.run(Webhooks.update(\.failingSince <- nil).where(\.id == webhook.id))
    case .refused, .failed:
      if result.outcome.isGone {
        return try await disable(
          webhook, because: "the subscriber answered 410 Gone", at: now, in: transaction)
      }
      guard let since = webhook.failingSince else {
        try await transaction.run(
          Webhooks.update(\.failingSince <- now).where(\.id == webhook.id && \.failingSince.isNull))
        return
      }
      guard result.hasLastedTooLong(since: since) else { return }
      // The row may say that a delivery has succeeded since this one was claimed.
      let days = DeliveryLimits.failingSeconds / 86_400
      try await disable(
        webhook, because: "no delivery has succeeded for \(days) days", onlyIfFailingSince: since, at: now,
        in: transaction)
    }
  }

  private func disable(
    _ webhook: DueDelivery.Target, because reason: String, onlyIfFailingSince since: Timestamp? = nil,
    at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    var rows = \Webhooks.id == webhook.id && \Webhooks.active == true
    if let since { rows = rows && \.failingSince == since }
    let changed = try await transaction.run(
      Webhooks.update(\.active <- false, \.disabledReason <- reason, \.updatedAt <- now).where(rows))
    guard changed == 1 else { return }
    try await events.append(
      WebhookEventTypes.disabled, subject: .id(webhook.ownerID),
      payload: ["webhook_id": .integer(webhook.id), "reason": .string(reason)],
      object: "webhook/\(webhook.id)", at: now, in: transaction)
  }
}

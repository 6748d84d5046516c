import Runtime
import Schema

/// What the delivery of webhooks shows to operators.
struct DeliveryMetrics: Sendable {
  let registry: MetricRegistry

  func count(_ outcome: DeliveryOutcome, isLast: Bool) {
    let name =
      switch outcome {
      case .delivered: "delivered"
      case .refused: isLast ? "given_up" : "refused"
      case .failed: isLast ? "given_up" : "failed"
      case .impossible: "given_up"
      }
    add(1, to: name)
  }

  func countCancelled(_ number: Int) { add(number, to: "cancelled") }
  func countGivenUp(_ number: Int) { add(number, to: "given_up") }

  private func add(_ number: Int, to outcome: String) {
    registry.counter(
      "webhook_deliveries_total",
      help: "Attempts by outcome: delivered, refused, failed, given_up, cancelled.",
      labels: [("outcome", outcome)]
    ).increment(by: Int64(number))
  }

  /// Notes how long the oldest due delivery has waited, and how many requests run.
  func note(oldestDue: Timestamp?, running: Int, at now: Timestamp) {
    let age = oldestDue.map { max(0, now.microsecondsSinceEpoch - $0.microsecondsSinceEpoch) } ?? 0
    registry.gauge(
      "webhook_delivery_queue_age_seconds", help: "How long the oldest due delivery has waited."
    ).set(Double(age) / 1_000_000)
    registry.gauge("webhook_deliveries_running", help: "Requests to webhooks at present.").set(
      Double(running))
  }
}

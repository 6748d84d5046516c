import Runtime
import Schema
import Synchronization

/// How far each consumer is behind the event log, for the metrics.
final class FeedProgress: Sendable {
  /// An event that was the newest one at a time. A consumer that has reached it was complete at that time.
  private struct Target {
    let newest: Int64
    let seenAt: Timestamp
  }

  private let targets = Mutex<[String: Target]>([:])
  private let metrics: MetricRegistry

  init(metrics: MetricRegistry) {
    self.metrics = metrics
  }

  /// Notes the position of a consumer, and the newest event that was visible before.
  func note(_ consumer: String, position: Int64, newest: Int64, at now: Timestamp) {
    let labels = [("consumer", consumer)]
    metrics.gauge(
      "event_feed_lag_events", help: "Ids between a consumer's position and the newest event.", labels: labels
    ).set(Double(max(0, newest - position)))
    let completeAt = targets.withLock { targets -> Timestamp? in
      let target = targets[consumer] ?? Target(newest: newest, seenAt: now)
      guard position >= target.newest else {
        targets[consumer] = target
        return nil
      }
      targets[consumer] = position >= newest ? nil : Target(newest: newest, seenAt: now)
      return position >= newest ? now : target.seenAt
    }
    guard let completeAt else { return }
    metrics.gauge(
      "event_feed_complete_timestamp_seconds",
      help: "Up to which time a consumer has handled every event, in seconds since 1970.", labels: labels
    ).set(Double(completeAt.secondsSinceEpoch))
  }

  func countHandled(_ consumer: String, _ events: Int) { count(consumer, "handled", events) }
  func countSetAside(_ consumer: String) { count(consumer, "set_aside", 1) }

  private func count(_ consumer: String, _ outcome: String, _ events: Int) {
    metrics.counter(
      "event_feed_events_total", help: "Events by what their consumer did: handled, set_aside.",
      labels: [("consumer", consumer), ("outcome", outcome)]
    ).increment(by: Int64(events))
  }
}

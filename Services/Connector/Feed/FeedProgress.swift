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

  private struct State {
    var position: Int64
    var target: Target?
  }

  private let states = Mutex<[String: State]>([:])
  private let metrics: MetricRegistry

  init(metrics: MetricRegistry) {
    self.metrics = metrics
  }

  /// Notes that a consumer begins. Without a value, one that never completes a round would raise no alert.
  func begin(_ consumer: String, at now: Timestamp) {
    completeAt(consumer).set(Double(now.secondsSinceEpoch))
  }

  /// Notes the position of a consumer, by default its last one, and the newest event that was visible before.
  func note(_ consumer: String, position: Int64? = nil, newest: Int64, at now: Timestamp) {
    let labels = [("consumer", consumer)]
    let (lag, completeAt) = states.withLock { states -> (Int64, Timestamp?) in
      let known = states[consumer]
      let position = position ?? known?.position ?? 0
      let target = known?.target ?? Target(newest: newest, seenAt: now)
      guard position >= target.newest else {
        states[consumer] = State(position: position, target: target)
        return (newest - position, nil)
      }
      let isComplete = position >= newest
      states[consumer] = State(
        position: position, target: isComplete ? nil : Target(newest: newest, seenAt: now))
      return (newest - position, isComplete ? now : target.seenAt)
    }
    metrics.gauge(
      "event_feed_lag_events", help: "Ids between a consumer's position and the newest event.", labels: labels
    ).set(Double(max(0, lag)))
    if let completeAt { self.completeAt(consumer).set(Double(completeAt.secondsSinceEpoch)) }
  }

  private func completeAt(_ consumer: String) -> GaugeInstrument {
    metrics.gauge(
      "event_feed_complete_timestamp_seconds",
      help: "Up to which time a consumer has handled every event, or its start, in seconds since 1970.",
      labels: [("consumer", consumer)])
  }

  /// Notes the newest event for every consumer, at its last position.
  func note(newest: Int64, at now: Timestamp) {
    for consumer in states.withLock({ Array($0.keys) }) { note(consumer, newest: newest, at: now) }
  }

  func countHandled(_ consumer: String, _ events: Int) { count(consumer, "handled", events) }
  func countSetAside(_ consumer: String) { count(consumer, "set_aside", 1) }
  func countTooOld(_ consumer: String) { count(consumer, "too_old", 1) }

  private func count(_ consumer: String, _ outcome: String, _ events: Int) {
    metrics.counter(
      "event_feed_events_total", help: "Events by what their consumer did: handled, set_aside, too_old.",
      labels: [("consumer", consumer), ("outcome", outcome)]
    ).increment(by: Int64(events))
  }
}

import Schema

/// A metric by day. The raw value is the name in `rollups.metric` and in the query of a report.
enum Metric: String, Sendable, CaseIterable {
  case usersCreated = "users_created"
  case sessionsCreated = "sessions_created"
  case events

  /// The service that records sign-ups and sign-ins. An event of the same type by another service is none of them.
  static let eventSource = "backend-api"

  /// The events that the metric counts; nil for all.
  var eventType: String? {
    switch self {
    case .usersCreated: "user.created"
    case .sessionsCreated: "session.created"
    case .events: nil
    }
  }

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// The value of a metric on a day, in UTC.
struct MetricValue: Sendable, Hashable {
  let metric: Metric
  let day: CalendarDate
  let value: Int64
}

/// The value of one metric on one day, in UTC.
struct DailyValue: Encodable, Sendable {
  let day: CalendarDate
  let value: Int64
}

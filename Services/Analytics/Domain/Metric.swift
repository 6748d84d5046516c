import Schema

/// A metric by day. The raw value is the name in `rollups.metric` and in the query of a report.
enum Metric: String, Sendable, CaseIterable {
  case usersCreated = "users_created"
  case sessionsCreated = "sessions_created"
  case events

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

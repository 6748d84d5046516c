import Schema

/// A metric by day. The raw value is the name in `rollups.metric` and in the query of a report.
enum Metric: String, Sendable, CaseIterable {
  case usersCreated = "users_created"
  case sessionsCreated = "sessions_created"
  case events

  static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

/// The value of one metric on one day, in UTC.
struct DailyValue: Encodable, Sendable {
  let day: CalendarDate
  let value: Int64
}

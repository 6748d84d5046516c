import Schema

/// The value of one metric on one day, in UTC.
struct DailyValue: Encodable, Sendable {
  let day: CalendarDate
  let value: Int64
}

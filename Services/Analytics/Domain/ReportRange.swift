import Encoding
import HTTP
import Routing
import Schema

/// The metric and the days of a daily report.
struct ReportRange: Sendable {
  static let maximumDays = 366
  static let defaultDays: Int32 = 30

  /// The query parameters, for the API document.
  static let parameters = [
    QueryParameter("metric", .choice(Metric.allCases.map(\.rawValue)), isRequired: true),
    QueryParameter("from", .date), QueryParameter("to", .date),
  ]

  /// The earliest day that every engine can store.
  private static let earliest = CalendarDate(daysSinceEpoch: -719_162)  // 0001-01-01

  let metric: Metric
  let first: CalendarDate
  let last: CalendarDate

  /// Reads `metric`, `from` and `to`; the default is the last thirty days up to `today`.
  init(_ request: Request, today: CalendarDate) throws(Problem) {
    var metric: Metric?
    var first: CalendarDate?
    var last: CalendarDate?
    for (name, value) in try request.queryItems() {
      switch name {
      case "metric": metric = Metric(bytesOf: value)
      case "from": first = try Self.day(value, named: name)
      case "to": last = try Self.day(value, named: name)
      default: break
      }
    }
    guard let metric else { throw .badRequest("metric must be one of: \(Metric.names)") }
    let end = last ?? today
    let start = first ?? max(end.adding(days: 1 - Self.defaultDays), Self.earliest)
    let days = Int(end.daysSinceEpoch) - Int(start.daysSinceEpoch) + 1
    guard (1...Self.maximumDays).contains(days) else {
      throw .badRequest("from must not be after to, and the range must span at most \(Self.maximumDays) days")
    }
    self.metric = metric
    self.first = start
    self.last = end
  }

  private static func day(_ text: String, named name: String) throws(Problem) -> CalendarDate {
    guard let day = CalendarDate(iso8601: text) else {
      throw .badRequest("\(name) must be a day such as 2026-11-22")
    }
    return day
  }
}

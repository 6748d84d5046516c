import HTTP
import Routing
import Schema
import Service

/// The reports for operators.
struct ReportRoutes: Sendable {
  let activity: ActivityRepository
  let rollups: RollupRepository
  let events: EventRepository
  let summaries: SummaryCache
  let currentTime: @Sendable () -> Timestamp

  struct Daily: Encodable {
    let metric: String
    let from: CalendarDate
    let to: CalendarDate
    let items: [DailyValue]
  }

  func summary(_ request: Request, _ context: RequestContext) async throws -> Response {
    if let stored = await summaries.load() { return try .json(stored) }
    return try .json(try await activity.summary(at: currentTime()))
  }

  func daily(_ request: Request, _ context: RequestContext) async throws -> Response {
    let range = try ReportRange(request, today: CalendarDate(containing: currentTime()))
    let values = try await rollups.values(of: range.metric, from: range.first, to: range.last)
    return try .json(Daily(metric: range.metric.rawValue, from: range.first, to: range.last, items: values))
  }

  func eventList(_ request: Request, _ context: RequestContext) async throws -> Response {
    let page = try PageRequest(request)
    let filter = try EventFilter(request)
    let found = try await events.events(filter, after: page.cursor, limit: page.limit)
    return try .page(found, for: request, limit: page.limit, keeping: filter.items)
  }
}

extension ReportRoutes {
  func add(to router: inout Router) {
    router.get(
      "/v1/reports/summary", summary: "The fleet in a few numbers", access: .operators,
      answer: Answer(.ok, Self.summaryShape), handler: summary)
    router.get(
      "/v1/reports/daily", summary: "A metric by day", access: .operators, query: ReportRange.parameters,
      answer: Answer(.ok, Self.dailyShape), handler: daily)
    router.get(
      "/v1/events", summary: "The event log, a page at a time", access: .operators,
      query: EventFilter.parameters + PageRequest.parameters, answer: Answer(.ok, .page(Self.eventShape)),
      handler: eventList)
  }

  private static let summaryShape = DataShape.named(
    "Summary",
    .object([
      .init("users", counts("total", "active", "confirmed", "operators")),
      .init("sessions", counts("total", "open")), .init("events", .integer),
      .init("generated_at", .timestamp),
    ]))
  private static let dailyShape = DataShape.named(
    "DailyReport",
    .object([
      .init("metric", .choice(Metric.allCases.map(\.rawValue))), .init("from", .date), .init("to", .date),
      .init("items", .list(.object([.init("day", .date), .init("value", .integer)]))),
    ]))
  private static let eventShape = DataShape.named(
    "Event",
    .object([
      .init("id", .integer), .init("type", .string), .init("source", .string), .init("subject", .string),
      .init("payload", .anything), .init("occurred_at", .timestamp),
    ]))

  private static func counts(_ names: String...) -> DataShape {
    .object(names.map { .init($0, .integer) })
  }
}

import HTTP
import Routing
import Schema
import Service

/// The reports for operators.
struct ReportRoutes: Sendable {
  /// The size of `events.type` in bytes.
  static let maximumTypeBytes = 64

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
    let type = try eventType(request)
    let found = try await events.events(ofType: type, after: page.cursor, limit: page.limit)
    return try .page(found, for: request, limit: page.limit, keeping: type.map { [("type", $0)] } ?? [])
  }

  private func eventType(_ request: Request) throws(Problem) -> String? {
    guard let type = try request.queryItems().first(where: { $0.name == "type" })?.value else { return nil }
    guard (1...Self.maximumTypeBytes).contains(type.utf8.count), !type.utf8.contains(0) else {
      throw .badRequest("type must have 1 to \(Self.maximumTypeBytes) bytes")
    }
    return type
  }
}

extension ReportRoutes {
  func add(to router: inout Router) {
    router.get(
      "/v1/reports/summary", summary: "The fleet in a few numbers", access: .operators, handler: summary)
    router.get(
      "/v1/reports/daily", summary: "A metric by day", access: .operators, query: ReportRange.parameters,
      handler: daily)
    router.get(
      "/v1/events", summary: "The event log, a page at a time", access: .operators,
      query: [QueryParameter("type")] + PageRequest.parameters, handler: eventList)
  }
}

import Routing
import Service

extension ReportHandlers {
  func addRoutes(to router: inout Router) {
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

import HTTP
import JSON
import Routing
import Runtime

/// `GET /livez` and `GET /readyz`.
struct ProbeRoutes: Sendable {
  /// The listener answers these even on a connection that it refuses.
  static let paths = ["/livez", "/readyz"]

  let lifeCycle: LifeCycle
  let readiness: Readiness

  func add(to router: inout Router) {
    // Built once: a process that answers is alive.
    let alive = Response(
      status: .ok, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
      body: Array(#"{"status":"alive"}"#.utf8))
    router.get(
      "/livez", summary: "Whether the process answers", access: .anyone,
      answer: Answer(.ok, .object([.init("status", .choice(["alive"]))])), traits: .anyQuery
    ) { _, _ in alive }
    router.get(
      "/readyz", summary: "Whether the process is ready for requests", access: .anyone,
      answer: Answer(.ok, Self.shape),
      problems: [.serviceUnavailable], traits: .anyQuery, handler: ready)
  }

  private func ready(_ request: Request, _ context: RequestContext) async throws -> Response {
    let report = await readiness.value()
    var response: Response
    switch (lifeCycle.current, report.verdict) {
    case (.starting, _): response = try .json(body("starting", report), status: .serviceUnavailable)
    case (.stopping, _), (.stopped, _):
      response = try .json(body("stopping", report), status: .serviceUnavailable)
    case (.ready, .unavailable):
      response = try .json(body("unavailable", report), status: .serviceUnavailable)
    case (.ready, .ready), (.ready, .degraded): response = try .json(body(report.verdict.rawValue, report))
    }
    response.headers.set("Cache-Control", "no-store")
    return response
  }

  private func body(_ status: String, _ report: HealthReport) -> JSONValue {
    .object([
      .init("status", .string(status)),
      .init("checks", .object(report.components.map { .init($0.name, $0.body) })),
    ])
  }

  private static let shape = DataShape.object([
    DataShape.Field("status", .choice(["ready", "degraded", "unavailable", "starting", "stopping"])),
    DataShape.Field("checks", .object(["database", "schema", "cache"].map { DataShape.Field($0, check) })),
  ])
  private static let check = DataShape.object([
    DataShape.Field("status", .choice(["available", "unavailable"])),
    DataShape.Field("detail", .string, isRequired: false),
  ])
}

extension HealthReport.Component {
  fileprivate var body: JSONValue {
    let status =
      switch health {
      case .available: "available"
      case .unavailable: "unavailable"
      }
    let members: [JSONValue.Member] = [.init("status", .string(status))]
    return .object(members + (detail.map { [.init("detail", .string($0))] } ?? []))
  }
}

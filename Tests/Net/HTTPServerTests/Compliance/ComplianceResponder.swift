import HTTP
import HTTPServer
import JSON
import Routing

/// Serves a few routes, and for every other target the target and the body.
struct ComplianceResponder: Responder {
  private let routes: RouterResponder

  init() {
    var router = Router()
    router.post("/routed/json", summary: "", access: .anyone) { request, _ in
      try .json(try await request.decode(JSONValue.self))
    }
    router.get("/routed/gone", summary: "", access: .anyone) { _, _ in throw Problem.conflict("Taken.") }
    router.get("/routed/condition", summary: "", access: .anyone) { _, _ in
      throw Problem.preconditionRequired()
    }
    router.get("/routed/many", summary: "", access: .anyone) { _, _ in
      throw Problem.tooManyRequests(retryAfterSeconds: 7)
    }
    routes = router.build()
  }

  func respond(to request: Request) async -> Response {
    switch begin(request) {
    case .now(let response): response
    case .later(let answer): await answer()
    }
  }

  func begin(_ request: Request) -> Reply {
    if request.path.hasPrefix("/routed/") || request.headers["Host"] == "routed" {
      return routes.begin(request)
    }
    return .now(.text("\(request.target)|\(String(decoding: request.body, as: UTF8.self))"))
  }
}

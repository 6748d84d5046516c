import HTTP
import JSON
import Routing
import Schema
import Synchronization
import TestSupport

/// A responder with predictable ids, and times 500 nanoseconds apart.
func makeResponder(
  middleware: [any Middleware] = [], observers: [any RequestObserver] = [],
  mapError: @escaping @Sendable (any Error) -> Problem = { _ in .internalError() },
  _ addRoutes: (inout Router) -> Void
) -> RouterResponder {
  var router = Router(middleware: middleware)
  addRoutes(&router)
  return router.build(
    mapError: mapError, observers: observers, makeRequestID: { "made" },
    nanoseconds: SteppingClock(stride: 500).look)
}

extension Responder {
  func answer(_ method: Method, _ target: String, headers: Headers = [:], body: String = "") async throws
    -> Response
  {
    await respond(to: try Request(method, target, headers: headers, body: Array(body.utf8)))
  }
}

extension Response {
  var text: String { String(decoding: body, as: UTF8.self) }

  var json: JSONValue {
    get throws { try JSONCoding.decode(JSONValue.self, from: body) }
  }
}

/// Authenticates a request by its role: `Authorization: member` or `Authorization: operator`.
struct RoleMiddleware: Middleware {
  func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
    var context = context
    if let role = request.headers["Authorization"].flatMap(Role.init(rawValue:)) {
      context.principal = Principal(userID: 7, sessionID: 1, role: role, expiresAt: 0)
    }
    return try await next(request, context)
  }
}

/// Records every exchange as a line.
final class RecordingObserver: RequestObserver {
  let lines = Mutex<[String]>([])
  let waits = Mutex<[UInt64]>([])

  func completed(_ exchange: borrowing Exchange) {
    let place = "\(exchange.method) \(exchange.route.template) \(exchange.status)"
    let id = exchange.requestID + (exchange.clientID.map { " (\($0))" } ?? "")
    let cost = "\(exchange.durationNanoseconds)ns \(id) \(exchange.responseBytes)B"
    lines.withLock { $0.append("\(place) \(cost)") }
    waits.withLock { $0.append(exchange.waitNanoseconds) }
  }
}

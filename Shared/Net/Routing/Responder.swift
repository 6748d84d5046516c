import HTTP

/// Answers requests. It never fails: whatever goes wrong has become a response by then.
package protocol Responder: Sendable {
  /// The answer, however long it takes.
  func respond(to request: Request) async -> Response

  /// Begins an answer; a server asks this, so that an answer that is there at once needs no task.
  func begin(_ request: Request) -> Reply
}

extension Responder {
  /// Whoever does not say otherwise answers in a task.
  package func begin(_ request: Request) -> Reply {
    .later { await respond(to: request) }
  }
}

/// What came of beginning an answer.
package enum Reply: Sendable {
  /// It is there.
  case now(Response)
  /// It needs a task to run in.
  case later(@Sendable () async -> Response)
}

/// Answers one route's requests, and may wait for something on the way.
package typealias Handler = @Sendable (Request, RequestContext) async throws -> Response

/// Answers one route's requests at once: for what lies in memory. Where no middleware is concerned with the route, such
/// a request is answered without a task.
package typealias ImmediateHandler = @Sendable (Request, RequestContext) throws -> Response

/// Stands around the handlers: sees the request before them and the response after them.
///
/// It runs only for requests that have a route. What it throws is mapped like an error of the handler.
package protocol Middleware: Sendable {
  func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response

  /// Whether it has anything to do with a route; asked once, when the router is built. Where it says no, it costs the
  /// route's requests nothing.
  func concerns(_ route: RouteDescription) -> Bool
}

extension Middleware {
  /// Every route, unless it says otherwise.
  package func concerns(_ route: RouteDescription) -> Bool { true }
}

/// Learns of every answer, also of those to unknown paths: logging and metrics hang here.
package protocol RequestObserver: AnyObject, Sendable {
  func completed(_ exchange: borrowing Exchange)
}

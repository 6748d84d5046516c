import HTTP

/// Responds to requests. It never throws: it converts every error to a response.
package protocol Responder: Sendable {
  /// The response to the request.
  func respond(to request: Request) async -> Response

  /// Begins a response. The server calls this method, so that an immediate response needs no task.
  func begin(_ request: Request) -> Reply

  /// The most bytes of a body that the response to this request can need. The server calls this method where a head has
  /// arrived and its body has not: ``HTTP/Request/unreadBodyBytes`` is the announced length. Of a longer body the server
  /// stores nothing, and ``begin(_:)`` then gets the request with that length and without the body.
  func bodyLimit(of request: borrowing Request) -> Int

  /// The user to whom the request's token was given, as far as memory can say; nil of any other request. The session may have
  /// ended. The server counts a request for this user before it begins, and calls this method for tokens that are new to it.
  func verifiedUser(of request: borrowing Request) -> Int64?

  /// The server has refused a request of this peer with this response and this id, before it could make a request of the
  /// bytes.
  func refused(with response: borrowing Response, requestID: String, client: String?)
}

extension Responder {
  /// Responds in a task by default.
  package func begin(_ request: Request) -> Reply {
    .later { await respond(to: request) }
  }

  /// Takes every body by default.
  package func bodyLimit(of request: borrowing Request) -> Int { .max }

  /// All requests are those of strangers by default.
  package func verifiedUser(of request: borrowing Request) -> Int64? { nil }

  /// Ignores refusals by default.
  package func refused(with response: borrowing Response, requestID: String, client: String?) {}
}

/// The result of beginning a response.
package enum Reply: Sendable {
  /// The response is complete.
  case now(Response)
  /// The response needs a task.
  case later(@Sendable () async -> Response)
}

/// Handles one route's requests, and may suspend.
package typealias Handler = @Sendable (Request, RequestContext) async throws -> Response

/// Handles one route's requests from memory, without suspension. A route without middleware then needs no task.
package typealias ImmediateHandler = @Sendable (Request, RequestContext) throws -> Response

/// Wraps the handlers: it processes the request before the handler and the response after it.
///
/// It runs only for requests with a route. The router maps its errors like those of a handler.
package protocol Middleware: Sendable {
  func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response

  /// Whether the middleware applies to a route. The router calls it once, when it is built. A route that the middleware
  /// does not apply to has no cost from it.
  func concerns(_ route: RouteDescription) -> Bool

  /// The user to whom the request's token was given, where the middleware verifies tokens. It may not wait for anything.
  func verifiedUser(of request: borrowing Request) -> Int64?
}

extension Middleware {
  /// Applies to every route by default.
  package func concerns(_ route: RouteDescription) -> Bool { true }

  /// Verifies no token by default.
  package func verifiedUser(of request: borrowing Request) -> Int64? { nil }
}

/// Observes every response, including those to unknown paths and the server's own refusals, for logs and metrics.
package protocol RequestObserver: AnyObject, Sendable {
  func completed(_ exchange: borrowing Exchange)
}

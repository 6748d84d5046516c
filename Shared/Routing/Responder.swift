import HTTP

/// Answers requests. It never fails: whatever goes wrong has become a response by then.
public protocol Responder: Sendable {
  func respond(to request: Request) async -> Response
}

/// Answers one route's requests. A handler that never suspends costs no more than a plain function.
public typealias Handler = @Sendable (Request, RequestContext) async throws -> Response

/// Stands around the handlers: sees the request before them and the response after them.
///
/// It runs only for requests that have a route. What it throws is mapped like an error of the handler.
public protocol Middleware: Sendable {
  func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response
}

/// Learns of every answer, also of those to unknown paths: logging and metrics hang here.
public protocol RequestObserver: Sendable {
  /// - Parameters:
  ///   - template: The route's template, or `Router.unmatchedTemplate`, so that made-up paths cannot make up
  ///     metrics.
  ///   - responseBytes: The length of the body, without the head.
  func completed(
    method: Method, template: String, status: Int, durationNanoseconds: UInt64, requestID: String,
    responseBytes: Int)
}

import HTTP

/// Serves routes: finds the route, runs its handler, makes a problem of what went wrong, and tells the
/// observers.
public struct RouterResponder: Responder {
  private let table: RouteTable
  private let mapError: @Sendable (any Error) -> Problem
  private let observers: [any RequestObserver]
  private let makeRequestID: @Sendable () -> String
  private let nanoseconds: @Sendable () -> UInt64

  init(
    table: RouteTable, mapError: @escaping @Sendable (any Error) -> Problem,
    observers: [any RequestObserver], makeRequestID: @escaping @Sendable () -> String,
    nanoseconds: @escaping @Sendable () -> UInt64
  ) {
    self.table = table
    self.mapError = mapError
    self.observers = observers
    self.makeRequestID = makeRequestID
    self.nanoseconds = nanoseconds
  }

  /// Answers the request; every answer bears its `X-Request-Id`.
  public func respond(to request: Request) async -> Response {
    let requestID = RequestIDGenerator.taken(from: request) ?? makeRequestID()
    guard !observers.isEmpty else { return await answer(request, requestID).response }
    let start = nanoseconds()
    let (response, template) = await answer(request, requestID)
    let duration = nanoseconds() &- start
    for observer in observers {
      observer.completed(
        method: request.method, template: template, status: response.status.code,
        durationNanoseconds: duration, requestID: requestID, responseBytes: response.body.count)
    }
    return response
  }

  private func answer(_ request: Request, _ requestID: String) async -> (response: Response, template: String)
  {
    var (response, template) = await dispatch(request, requestID)
    response.headers.set("X-Request-Id", requestID)
    return (response, template)
  }

  private func dispatch(_ request: Request, _ requestID: String) async -> (Response, template: String) {
    switch table.match(request) {
    case .route(let entry): (await run(entry, request, requestID), entry.template)
    case .otherMethods(let allow, let template) where request.method == .options:
      (Response(status: .noContent, headers: ["Allow": allow]), template)
    case .otherMethods(let allow, let template):
      (Problem.methodNotAllowed(allow: allow).response(instance: request.path), template)
    case .nothing: (unmatched(request), Router.unmatchedTemplate)
    }
  }

  /// `OPTIONS *` asks about the server as a whole (RFC 9110, section 9.3.7); any other has no route.
  private func unmatched(_ request: Request) -> Response {
    if request.method == .options, request.path == "*" { return .noContent() }
    return Problem.notFound().response(instance: request.path)
  }

  private func run(_ entry: RouteTable.Entry, _ request: Request, _ requestID: String) async -> Response {
    do {
      let context = RequestContext(
        requestID: requestID, parameters: try entry.parameters(of: request), template: entry.template,
        access: entry.access)
      return try await entry.handler(request, context)
    } catch {
      let problem = error as? Problem ?? mapError(error)
      return problem.response(instance: request.path)
    }
  }
}

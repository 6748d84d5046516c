import HTTP

/// Serves routes: it finds the route, runs its handler, converts errors to problems, and notifies the observers.
package final class RouterResponder: Responder {
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

  /// The response to the request, with its request id.
  package func respond(to request: Request) async -> Response {
    switch begin(request) {
    case .now(let response): response
    case .later(let answer): await answer()
    }
  }

  /// Begins a response. Immediate routes and requests without a route need no task.
  package func begin(_ request: Request) -> Reply {
    let requestID = RequestIDGenerator.accepted(from: request) ?? makeRequestID()
    let start = observers.isEmpty ? 0 : nanoseconds()
    switch table.match(request) {
    case .route(let entry):
      if let problem = request.contentCodingProblem {
        let response = problem.response(instance: request.path)
        return .now(completed(response, request.method, entry.name, requestID, since: start))
      }
      switch entry.action {
      case .immediate(let handler):
        let response = entry.guarded(answer(request, requestID, entry, handler))
        return .now(completed(response, request.method, entry.name, requestID, since: start))
      case .suspending(let handler):
        return .later { [self] in
          let response = entry.guarded(await answer(request, requestID, entry, handler))
          return completed(response, request.method, entry.name, requestID, since: start)
        }
      }
    case .otherMethods(let allow, let name):
      let response = otherMethods(allow, request)
      return .now(completed(response, request.method, name, requestID, since: start))
    case .nothing:
      return .now(completed(unmatched(request), request.method, table.unmatched, requestID, since: start))
    }
  }

  /// Notifies the observers of a refusal. The request has no method and no path, because its bytes were not understood.
  package func refused(with response: borrowing Response, requestID: String) {
    let exchange = Exchange(
      method: Self.noMethod, route: table.refused, status: response.status.code, durationNanoseconds: 0,
      requestID: requestID, responseBytes: response.body.count)
    for observer in observers { observer.completed(exchange) }
  }

  private static let noMethod = Method(rawValue: "-")

  private func answer(
    _ request: Request, _ requestID: String, _ entry: RouteTable.Entry, _ handler: ImmediateHandler
  ) -> Response {
    do {
      return try handler(request, try context(of: request, requestID, entry))
    } catch {
      return failure(error, of: request)
    }
  }

  private func answer(
    _ request: Request, _ requestID: String, _ entry: RouteTable.Entry, _ handler: Handler
  ) async -> Response {
    do {
      return try await handler(request, try context(of: request, requestID, entry))
    } catch {
      return failure(error, of: request)
    }
  }

  private func context(
    of request: borrowing Request, _ requestID: String, _ entry: RouteTable.Entry
  ) throws(Problem) -> RequestContext {
    RequestContext(
      requestID: requestID, parameters: try entry.parameters(of: request), template: entry.name.template,
      access: entry.access)
  }

  private func failure(_ error: any Error, of request: borrowing Request) -> Response {
    let problem = error as? Problem ?? mapError(error)
    return problem.response(instance: request.path)
  }

  private func otherMethods(_ allow: String, _ request: borrowing Request) -> Response {
    if request.method == .options { return Response(status: .noContent, headers: ["Allow": allow]) }
    return Problem.methodNotAllowed(allow: allow).response(instance: request.path)
  }

  /// The response to a request without a route. `OPTIONS *` concerns the whole server (RFC 9110, section 9.3.7).
  private func unmatched(_ request: borrowing Request) -> Response {
    if request.method == .options, request.path == "*" { return .noContent() }
    return Problem.notFound().response(instance: request.path)
  }

  /// Sets the response's request id and notifies the observers.
  private func completed(
    _ response: consuming Response, _ method: Method, _ name: RouteName, _ requestID: String,
    since start: UInt64
  ) -> Response {
    response.requestID = requestID
    guard !observers.isEmpty else { return response }
    let exchange = Exchange(
      method: method, route: name, status: response.status.code,
      durationNanoseconds: nanoseconds() &- start, requestID: requestID,
      responseBytes: response.body.count)
    for observer in observers { observer.completed(exchange) }
    return response
  }
}

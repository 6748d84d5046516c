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
    let call = Call(
      request: request, requestID: makeRequestID(), clientID: RequestIDGenerator.accepted(from: request),
      start: observers.isEmpty ? 0 : nanoseconds())
    switch table.match(request) {
    case .route(let entry):
      if let problem = entry.problem(beforeReading: request) {
        return .now(completed(problem.response(instance: request.path), call, entry.name))
      }
      switch entry.action {
      case .immediate(let handler):
        return .now(completed(entry.guarded(answer(call, entry, handler)), call, entry.name))
      case .suspending(let handler):
        return .later { [self] in
          if !observers.isEmpty { call.notes.noteWait(nanoseconds() &- call.start) }
          let response = entry.guarded(await answer(call, entry, handler))
          return completed(response, call, entry.name)
        }
      }
    case .otherMethods(let allow, let name):
      return .now(completed(otherMethods(allow, request), call, name))
    case .nothing:
      return .now(completed(unmatched(request), call, table.unmatched))
    }
  }

  /// Notifies the observers of a refusal. The request has no method and no path, because its bytes were not understood.
  package func refused(with response: borrowing Response, requestID: String, client: String?) {
    let exchange = Exchange(
      method: Self.noMethod, route: table.refused, status: response.status.code, durationNanoseconds: 0,
      requestID: requestID, responseBytes: response.body.count, client: client)
    for observer in observers { observer.completed(exchange) }
  }

  private static let noMethod = Method(rawValue: "-")

  /// A request and what the observers of its response learn about it.
  private struct Call: Sendable {
    let request: Request
    /// The service's own, which no client can choose.
    let requestID: String
    let clientID: String?
    let trace: TraceContext?
    let notes = RequestNotes()
    let start: UInt64

    init(request: Request, requestID: String, clientID: String?, start: UInt64) {
      self.request = request
      self.requestID = requestID
      self.clientID = clientID
      self.start = start
      trace = TraceContext(of: request.headers)
    }
  }

  private func answer(_ call: Call, _ entry: RouteTable.Entry, _ handler: ImmediateHandler) -> Response {
    do {
      return try entry.held(handler(call.request, try context(of: call, entry)))
    } catch {
      return failure(error, of: call.request, entry)
    }
  }

  private func answer(_ call: Call, _ entry: RouteTable.Entry, _ handler: Handler) async -> Response {
    do {
      let context = try context(of: call, entry)
      guard let trace = call.trace else { return try await entry.held(handler(call.request, context)) }
      return try await TraceContext.$current.withValue(trace) {
        try await entry.held(handler(call.request, context))
      }
    } catch {
      return failure(error, of: call.request, entry)
    }
  }

  private func context(of call: Call, _ entry: RouteTable.Entry) throws(Problem) -> RequestContext {
    RequestContext(
      requestID: call.requestID, parameters: try entry.parameters(of: call.request),
      template: entry.name.template, access: entry.access, traits: entry.traits, notes: call.notes)
  }

  private func failure(
    _ error: any Error, of request: borrowing Request, _ entry: RouteTable.Entry
  ) -> Response {
    let problem = error as? Problem ?? mapError(error)
    return entry.held(problem).response(instance: request.path)
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
    _ response: consuming Response, _ call: Call, _ name: RouteName
  ) -> Response {
    response.requestID = call.clientID ?? call.requestID
    guard !observers.isEmpty else { return response }
    let exchange = Exchange(
      method: call.request.method, route: name, status: response.status.code,
      durationNanoseconds: nanoseconds() &- call.start, requestID: call.requestID, clientID: call.clientID,
      responseBytes: response.body.count, client: call.request.remoteAddress,
      waitNanoseconds: call.notes.waitNanoseconds, request: call.request, principal: call.notes.principal,
      trace: call.trace)
    for observer in observers { observer.completed(exchange) }
    return response
  }
}

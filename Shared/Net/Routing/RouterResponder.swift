import Encoding
import HTTP

/// Serves routes: it finds the route, runs its handler, converts errors to problems, and notifies the observers.
package final class RouterResponder: Responder {
  private let table: RouteTable
  private let middleware: [any Middleware]
  private let mapError: @Sendable (any Error) -> Problem
  private let observers: [any RequestObserver]
  private let makeRequestID: @Sendable () -> String
  private let nanoseconds: @Sendable () -> UInt64

  init(
    table: RouteTable, middleware: [any Middleware], mapError: @escaping @Sendable (any Error) -> Problem,
    observers: [any RequestObserver], makeRequestID: @escaping @Sendable () -> String,
    nanoseconds: @escaping @Sendable () -> UInt64
  ) {
    self.table = table
    self.middleware = middleware
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
      of: request, requestID: makeRequestID(), start: observers.isEmpty ? 0 : nanoseconds())
    var response: Response
    let name: RouteName
    switch table.match(request) {
    case .route(let entry):
      name = entry.name
      if let problem = entry.problem(beforeReading: request) {
        response = problem.response(instance: request.path)
        break
      }
      switch entry.action {
      case .immediate(let handler):
        response = answer(request, call, entry, handler)
        entry.guardFromCaches(&response)
      case .suspending(let handler):
        return .later { [self] in await finish(request, call, entry, handler) }
      }
    case .otherMethods(let allow, let path):
      name = path
      response = otherMethods(allow, request)
    case .nothing:
      name = table.unmatched
      response = unmatched(request)
    }
    complete(&response, request, call, name)
    return .now(response)
  }

  private func finish(
    _ request: Request, _ call: Call, _ entry: RouteTable.Entry, _ handler: Handler
  ) async -> Response {
    let notes = RequestNotes()
    if !observers.isEmpty { notes.noteWait(nanoseconds() &- call.start) }
    var response = await answer(request, call, entry, notes, handler)
    entry.guardFromCaches(&response)
    complete(&response, request, call, entry.name, notes)
    return response
  }

  /// The limit of the request's route; 0 of a request that gets its refusal with any body.
  package func bodyLimit(of request: borrowing Request) -> Int {
    guard case .route(let entry) = table.match(request), entry.problem(beforeReading: request) == nil else {
      return 0
    }
    return entry.maximumBodyBytes
  }

  /// The user of the first middleware that verifies the request's token.
  package func verifiedUser(of request: borrowing Request) -> Int64? {
    for middleware in middleware {
      if let user = middleware.verifiedUser(of: request) { return user }
    }
    return nil
  }

  /// Notifies the observers of a refusal. The request has no method and no path, because its bytes were not understood.
  package func refused(with response: borrowing Response, requestID: String, client: String?) {
    let exchange = Exchange(
      method: Self.noMethod, route: table.refused, status: response.status.code, durationNanoseconds: 0,
      requestID: requestID, responseBytes: response.body.count, client: client)
    for observer in observers { observer.completed(exchange) }
  }

  private static let noMethod = Method(rawValue: "-")

  /// What the observers of a response learn about its request. An immediate route never owns the request: copying one
  /// counts the references of all its parts.
  private struct Call: Sendable {
    /// The service's own, which no client can choose.
    let requestID: String
    let clientID: String?
    let trace: TraceContext?
    let start: UInt64

    init(of request: borrowing Request, requestID: String, start: UInt64) {
      self.requestID = requestID
      self.start = start
      clientID = RequestIDGenerator.accepted(from: request)
      trace = TraceContext(of: request.headers)
    }
  }

  /// No middleware authenticates the requests of an immediate route, so there is nothing to note.
  private func answer(
    _ request: Request, _ call: Call, _ entry: RouteTable.Entry, _ handler: ImmediateHandler
  ) -> Response {
    do {
      return entry.held(try handler(request, try context(of: request, call, entry, notes: nil)))
    } catch {
      return failure(error, of: request, entry)
    }
  }

  private func answer(
    _ request: Request, _ call: Call, _ entry: RouteTable.Entry, _ notes: RequestNotes, _ handler: Handler
  ) async -> Response {
    do {
      let context = try context(of: request, call, entry, notes: notes)
      guard let trace = call.trace else { return try await entry.held(handler(request, context)) }
      return try await TraceContext.$current.withValue(trace) {
        try await entry.held(handler(request, context))
      }
    } catch {
      return failure(error, of: request, entry)
    }
  }

  private func context(
    of request: borrowing Request, _ call: Call, _ entry: RouteTable.Entry, notes: RequestNotes?
  ) throws(Problem) -> RequestContext {
    RequestContext(
      requestID: call.requestID, parameters: try entry.parameters(of: request),
      template: entry.name.template, access: entry.access, traits: entry.traits, notes: notes)
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
    if request.method == .options, request.path.isSame(as: "*") { return .noContent() }
    return Problem.notFound().response(instance: request.path)
  }

  /// Sets the response's request id and notifies the observers.
  private func complete(
    _ response: inout Response, _ request: borrowing Request, _ call: Call, _ name: RouteName,
    _ notes: RequestNotes? = nil
  ) {
    response.requestID = call.clientID ?? call.requestID
    response.userID = notes?.principal
    guard !observers.isEmpty else { return }
    let isRead = request.presence?.isGone != true
    let exchange = Exchange(
      method: request.method, route: name,
      status: isRead ? response.status.code : Exchange.clientGone,
      durationNanoseconds: nanoseconds() &- call.start, requestID: call.requestID, clientID: call.clientID,
      responseBytes: isRead ? response.body.count : 0, client: request.remoteAddress,
      waitNanoseconds: notes?.waitNanoseconds ?? 0, path: request.path, requestBytes: request.body.count,
      principal: notes?.principal, traceID: call.trace?.traceID)
    for observer in observers { observer.completed(exchange) }
  }
}

import Clock
import HTTP

/// Collects routes, and builds the responder that serves them.
///
/// ```swift
/// var router = Router(middleware: [authentication])
/// router.get("/v1/users/{id}", summary: "Reads a user", access: .signedIn) { request, context in
///   try .json(await users.user(context.parameters.integer("id")))
/// }
/// let responder = router.build(mapError: problem)
/// ```
package struct Router: Sendable {
  /// The name under which requests without a route are counted.
  package static let unmatchedTemplate = "unmatched"
  /// The name under which refusals are counted that the server sends before it has a request.
  package static let refusedTemplate = "refused"

  /// The routes in the order of their addition.
  package private(set) var routes: [Route] = []
  private let middleware: [any Middleware]

  /// - Parameter middleware: The wrappers of every handler, the first outermost.
  package init(middleware: [any Middleware] = []) {
    self.middleware = middleware
  }

  /// Adds a route. A malformed template or a duplicate route is a programming error and stops the process at its start.
  package mutating func add(_ route: Route) {
    guard let template = PathTemplate(route.template) else {
      preconditionFailure("\(route.template) is not a path template")
    }
    let isNew = !routes.contains {
      $0.method == route.method && PathTemplate($0.template)?.shape == template.shape
    }
    precondition(isNew, "\(route.method) \(route.template) has two routes")
    routes.append(route)
  }

  /// Adds the routes of another router, without its middleware.
  package mutating func add(_ routes: [Route]) {
    for route in routes { add(route) }
  }

  /// Adds a route for GET, which also serves HEAD.
  package mutating func get(
    _ template: String, summary: String, access: Access, query: [QueryParameter] = [],
    answer: Answer? = nil, problems: [Status] = [],
    traits: RouteTraits = [], handler: @escaping Handler
  ) {
    add(.get, template, summary, access, query, nil, answer, problems, traits, handler)
  }

  /// Adds a route for GET with an immediate handler. The compiler selects this overload for a handler without `await`.
  package mutating func get(
    _ template: String, summary: String, access: Access, query: [QueryParameter] = [],
    answer: Answer? = nil, problems: [Status] = [],
    traits: RouteTraits = [], handler: @escaping ImmediateHandler
  ) {
    let description = RouteDescription(
      summary: summary, access: access, query: query, answer: answer ?? .usual(for: .get),
      problems: problems, traits: traits)
    add(Route(.get, template, description, immediate: handler))
  }

  /// Adds a route for POST. The default `answer` is 201.
  package mutating func post(
    _ template: String, summary: String, access: Access, query: [QueryParameter] = [],
    body: DataShape? = nil, answer: Answer? = nil, problems: [Status] = [],
    traits: RouteTraits = [], handler: @escaping Handler
  ) {
    add(.post, template, summary, access, query, body, answer, problems, traits, handler)
  }

  /// Adds a route for PUT.
  package mutating func put(
    _ template: String, summary: String, access: Access, query: [QueryParameter] = [],
    body: DataShape? = nil, answer: Answer? = nil, problems: [Status] = [],
    traits: RouteTraits = [], handler: @escaping Handler
  ) {
    add(.put, template, summary, access, query, body, answer, problems, traits, handler)
  }

  /// Adds a route for PATCH.
  package mutating func patch(
    _ template: String, summary: String, access: Access, query: [QueryParameter] = [],
    body: DataShape? = nil, answer: Answer? = nil, problems: [Status] = [],
    traits: RouteTraits = [], handler: @escaping Handler
  ) {
    add(.patch, template, summary, access, query, body, answer, problems, traits, handler)
  }

  /// Adds a route for DELETE. The default `answer` is 204.
  package mutating func delete(
    _ template: String, summary: String, access: Access, query: [QueryParameter] = [],
    body: DataShape? = nil, answer: Answer? = nil, problems: [Status] = [],
    traits: RouteTraits = [], handler: @escaping Handler
  ) {
    add(.delete, template, summary, access, query, body, answer, problems, traits, handler)
  }

  private mutating func add(
    _ method: Method, _ template: String, _ summary: String, _ access: Access, _ query: [QueryParameter],
    _ body: DataShape?, _ answer: Answer?, _ problems: [Status], _ traits: RouteTraits,
    _ handler: @escaping Handler
  ) {
    let description = RouteDescription(
      summary: summary, access: access, query: query, requestBody: body,
      answer: answer ?? .usual(for: method), problems: problems, traits: traits)
    add(Route(method, template, description, handler: handler))
  }

  /// Builds the responder.
  ///
  /// - Parameters:
  ///   - mapError: Converts an error to a problem, once per failed request. It should convert unknown errors to
  ///     `Problem.internalError()`.
  ///   - makeRequestID: Returns the service's own id for a request.
  ///   - nanoseconds: A monotonic clock; `CLOCK_MONOTONIC` by default.
  ///   - holdsToDescription: Whether a response that the route's description does not permit becomes a 500. Debug builds
  ///     of the services do so, which every test of theirs then notices.
  package func build(
    mapError: @escaping @Sendable (any Error) -> Problem = { _ in .internalError() },
    observers: [any RequestObserver] = [],
    makeRequestID: (@Sendable () -> String)? = nil,
    nanoseconds: (@Sendable () -> UInt64)? = nil, holdsToDescription: Bool = false
  ) -> RouterResponder {
    let generator = RequestIDGenerator()
    return RouterResponder(
      table: RouteTable(routes, middleware: middleware, holdsToDescription: holdsToDescription),
      middleware: middleware,
      mapError: mapError, observers: observers,
      makeRequestID: makeRequestID ?? { generator.next() },
      nanoseconds: nanoseconds ?? MonotonicClock.nanoseconds)
  }
}

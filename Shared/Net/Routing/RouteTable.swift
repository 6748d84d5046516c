import HTTP

/// The routes for matching: a trie of paths, and the methods of each path.
struct RouteTable: Sendable {
  /// A route whose handler is wrapped in its middleware.
  final class Entry: Sendable {
    let name: RouteName
    let access: Access
    let traits: RouteTraits
    let placeholders: [String]
    let positions: [Int]
    let action: Route.Action
    /// The most bytes of a body. A larger one is refused, and not even stored where it arrives after its head.
    let maximumBodyBytes: Int
    /// What the responses are held to; nil where they are not.
    let promise: ResponsePromise?

    init(
      _ route: Route, _ template: PathTemplate, _ name: RouteName, middleware: [any Middleware],
      promise: ResponsePromise?
    ) {
      self.name = name
      self.promise = promise
      access = route.description.access
      traits = route.description.traits
      maximumBodyBytes = route.description.maximumBodyBytes ?? .max
      placeholders = template.placeholders
      positions = template.placeholderPositions
      action = middleware.reversed().reduce(route.guardedAction) { next, middleware in
        guard middleware.concerns(route.description) else { return next }
        let handler = next.suspending
        return .suspending { request, context in
          try await middleware.respond(to: request, in: context, next: handler)
        }
      }
    }
  }

  enum Match: Sendable {
    case route(Entry)
    /// The path has a route, but not for this method; `allow` lists the supported methods.
    case otherMethods(allow: String, RouteName)
    case nothing
  }

  /// The routes of one path. It is an object, so that finding a route counts one reference, and not those of each part.
  private final class Endpoint: Sendable {
    let entries: [(method: Method, entry: Entry)]
    let allow: String
    let name: RouteName

    init(_ entries: [(method: Method, entry: Entry)], _ name: RouteName) {
      self.entries = entries
      self.name = name
      allow = RouteTable.allow(entries.map(\.method))
    }

    func entry(for method: Method) -> Entry? {
      for index in entries.indices where entries[index].method == method { return entries[index].entry }
      return nil
    }
  }

  private var trie = RouteTrie()
  private let endpoints: [Endpoint]
  /// The name under which requests without a route are counted. Its number follows those of the routes.
  let unmatched: RouteName
  /// The name under which the server's own refusals are counted. Its number follows.
  let refused: RouteName

  init(_ routes: [Route], middleware: [any Middleware], holdsToDescription: Bool = false) {
    unmatched = RouteName(template: Router.unmatchedTemplate, number: routes.count)
    refused = RouteName(template: Router.refusedTemplate, number: routes.count + 1)
    var paths: [(name: RouteName, entries: [(method: Method, entry: Entry)])] = []
    for (number, route) in routes.enumerated() {
      guard let template = PathTemplate(route.template) else { continue }
      let place = trie.endpoint(for: template) { paths.count }
      // The first route of a path names the path; other templates may name their placeholders differently.
      let name = RouteName(template: route.template, number: number)
      if place == paths.count { paths.append((name, [])) }
      let promise = holdsToDescription ? ResponsePromise(route) : nil
      let entry = Entry(route, template, name, middleware: middleware, promise: promise)
      paths[place].entries.append((route.method, entry))
    }
    endpoints = paths.map { Endpoint($0.entries, $0.name) }
  }

  /// The methods of a path, including HEAD and OPTIONS, which the router supports itself.
  private static func allow(_ methods: [Method]) -> String {
    var all = methods
    if all.contains(.get), !all.contains(.head) { all.append(.head) }
    if !all.contains(.options) { all.append(.options) }
    return all.map(\.rawValue).sorted().joined(separator: ", ")
  }

  /// Finds the route of a request. HEAD uses the route of GET (RFC 9110, section 9.3.2).
  func match(_ request: borrowing Request) -> Match {
    guard let place = request.matchPath({ trie.match($0) }) else { return .nothing }
    let endpoint = endpoints[place]
    if let entry = endpoint.entry(for: request.method) { return .route(entry) }
    if request.method == .head, let entry = endpoint.entry(for: .get) { return .route(entry) }
    return .otherMethods(allow: endpoint.allow, endpoint.name)
  }
}

extension Route {
  /// The handler behind the checks of access and of the request's form, which run after the middleware has authenticated
  /// the request.
  fileprivate var guardedAction: Action {
    let form = RequestForm(description)
    guard description.access != .anyone || form.isChecked else { return action }
    switch action {
    case .immediate(let handler):
      return .immediate { request, context in
        try context.enforceAccess()
        try form.check(request)
        return try handler(request, context)
      }
    case .suspending(let handler):
      return .suspending { request, context in
        try context.enforceAccess()
        if form.decodesBody, request.hasLargeBody {
          try await BodyDecoding.run { try form.check(request) }
        } else {
          try form.check(request)
        }
        return try await handler(request, context)
      }
    }
  }
}

extension Route.Action {
  fileprivate var suspending: Handler {
    switch self {
    case .immediate(let handler): handler
    case .suspending(let handler): handler
    }
  }
}

extension RouteTable.Entry {
  /// Keeps the response of a route with a token out of every cache, unless its handler says otherwise (RFC 9111, section
  /// 5.2.2.5).
  func guardFromCaches(_ response: inout Response) {
    guard access != .anyone, !response.headers.contains("Cache-Control") else { return }
    response.headers.append("Cache-Control", "no-store")
  }

  /// The problem of a request whose body is not even read.
  func problem(beforeReading request: borrowing Request) -> Problem? {
    guard request.bodyBytes <= maximumBodyBytes else {
      return Problem(
        .contentTooLarge, detail: "The body must have at most \(maximumBodyBytes) bytes here.")
    }
    return request.contentCodingProblem
  }

  /// The response, or the problem that it does not match the route's description.
  func held(_ response: consuming Response) -> Response {
    guard let promise, let fault = promise.fault(of: response) else { return response }
    return Problem(.internalServerError, detail: "The response breaks its description: \(fault)").response()
  }

  /// As ``held(_:)`` for a problem.
  func held(_ problem: Problem) -> Problem {
    guard let promise, !promise.permits(problem.status) else { return problem }
    return Problem(
      .internalServerError,
      detail: "The route does not describe \(problem.status): \(problem.detail ?? problem.code.rawValue)")
  }

  /// Reads the placeholders' values from the path.
  ///
  /// - Throws: 400 when a value is not UTF-8.
  func parameters(of request: borrowing Request) throws(Problem) -> Parameters {
    guard !positions.isEmpty else { return Parameters() }
    let values = request.withPathBytes { path -> [String]? in
      var values: [String] = []
      values.reserveCapacity(positions.count)
      for (position, segment) in PathSegments(path).enumerated() where positions.contains(position) {
        guard let value = Self.text(segment) else { return nil }
        values.append(value)
      }
      return values
    }
    guard let values else { throw .badRequest("The path is not UTF-8.") }
    return Parameters(names: placeholders, values: values)
  }

  @inline(__always)
  private static func text(_ segment: UnsafeBufferPointer<UInt8>) -> String? {
    // The parser accepts only ASCII, so a segment without escapes needs no decoding.
    guard segment.contains(UInt8(ascii: "%")) else { return String(decoding: segment, as: UTF8.self) }
    return PercentEncoding.decode(segment)
  }
}

import HTTP

/// The routes, ready to be matched: a trie of paths, and at each path the methods it has.
struct RouteTable: Sendable {
  /// A route with its middleware folded around its handler.
  final class Entry: Sendable {
    let template: String
    let access: Access
    let placeholders: [String]
    let positions: [Int]
    let handler: Handler

    init(_ route: Route, _ template: PathTemplate, middleware: [any Middleware]) {
      self.template = route.template
      access = route.description.access
      placeholders = template.placeholders
      positions = template.placeholderPositions
      handler = middleware.reversed().reduce(Self.guarded(route)) { next, middleware in
        { request, context in try await middleware.respond(to: request, in: context, next: next) }
      }
    }

    /// Enforces the route's access between the middleware, which finds out who it is, and the handler.
    private static func guarded(_ route: Route) -> Handler {
      guard route.description.access != .anyone else { return route.handler }
      let handler = route.handler
      return { request, context in
        try context.enforceAccess()
        return try await handler(request, context)
      }
    }
  }

  enum Match: Sendable {
    case route(Entry)
    /// The path is there and the method is not; `allow` lists those that are.
    case otherMethods(allow: String, template: String)
    case nothing
  }

  private struct Endpoint: Sendable {
    var entries: [(method: Method, entry: Entry)] = []
    var allow = ""
    let template: String
  }

  private var trie = RouteTrie()
  private var endpoints: [Endpoint] = []

  init(_ routes: [Route], middleware: [any Middleware]) {
    for route in routes {
      guard let template = PathTemplate(route.template) else { continue }
      let place = trie.endpoint(for: template) { endpoints.count }
      if place == endpoints.count { endpoints.append(Endpoint(template: route.template)) }
      endpoints[place].entries.append((route.method, Entry(route, template, middleware: middleware)))
    }
    for index in endpoints.indices {
      endpoints[index].allow = Self.allow(endpoints[index].entries.map(\.method))
    }
  }

  /// The methods of a path, with those that the router answers itself.
  private static func allow(_ methods: [Method]) -> String {
    var all = methods
    if all.contains(.get), !all.contains(.head) { all.append(.head) }
    if !all.contains(.options) { all.append(.options) }
    return all.map(\.rawValue).sorted().joined(separator: ", ")
  }

  /// Finds the route of a request. HEAD falls to GET (RFC 9110, section 9.3.2).
  func match(_ request: borrowing Request) -> Match {
    guard let place = request.withPathBytes({ trie.match($0) }) else { return .nothing }
    let entries = endpoints[place].entries
    for (method, entry) in entries where method == request.method { return .route(entry) }
    if request.method == .head, let get = entries.first(where: { $0.method == .get }) {
      return .route(get.entry)
    }
    return .otherMethods(allow: endpoints[place].allow, template: endpoints[place].template)
  }
}

extension RouteTable.Entry {
  /// Takes the placeholders' values out of the path.
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
    // The parser has let only ASCII through, so that what has no escape is text as it stands.
    guard segment.contains(UInt8(ascii: "%")) else { return String(decoding: segment, as: UTF8.self) }
    return PercentEncoding.decode(segment)
  }
}

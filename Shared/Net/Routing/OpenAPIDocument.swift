import HTTP
import JSON

/// The description of the API, generated from the routes (OpenAPI 3.1.0).
///
/// Bodies and parameters come from the very declarations to which ``RequestForm`` holds requests.
struct OpenAPIDocument {
  let title: String
  let version: String
  let routes: [Route]

  /// The document as JSON.
  var value: JSONValue {
    [
      "openapi": "3.1.0",
      "info": [
        "title": .string(title), "version": .string(version), "description": .string(Self.introduction),
      ],
      "servers": [["url": "/", "description": "The service that sent this document."]],
      "tags": .array(tags.map { ["name": .string($0)] }),
      "paths": .object(paths),
      "components": .object(OpenAPIComponents(routes: routes).members),
    ]
  }

  static let introduction =
    "JSON in and out. Ids are numbers, times are RFC 3339 in UTC, cursors are opaque texts. Errors are problem documents "
    + "(RFC 9457): rely on `code`. A field or parameter that a route does not know is refused by its name. Every response "
    + "has an `X-Request-Id`, the client's own where it sent one; the access log has it."

  /// The tags of the routes, in order.
  var tags: [String] {
    routes.reduce(into: []) { tags, route in if !tags.contains(route.tag) { tags.append(route.tag) } }
  }

  /// One member per template, in the order of the routes.
  private var paths: [JSONValue.Member] {
    var templates: [String] = []
    for route in routes where !templates.contains(route.template) { templates.append(route.template) }
    return templates.map { template in
      let operations = routes.filter { $0.template == template }.map(Self.operation)
      return .init(template, .object(Self.pathParameters(template) + operations))
    }
  }

  private static func pathParameters(_ template: String) -> [JSONValue.Member] {
    let parameters = (PathTemplate(template)?.placeholders ?? []).map { name -> JSONValue in
      [
        "name": .string(name), "in": "path", "required": true,
        "schema": Route.shape(ofPlaceholder: name).schema(),
      ]
    }
    return [.init("parameters", .array(parameters + [OpenAPIComponents.parameter("RequestId")]))]
  }

  private static func operation(_ route: Route) -> JSONValue.Member {
    let description = route.description
    var members: [JSONValue.Member] = [
      .init("operationId", .string(route.operationID)),
      .init("tags", [.string(route.tag)]),
      .init("summary", .string(description.summary)),
    ]
    if description.access == .operators {
      members.append(.init("description", "For operators only."))
    }
    let parameters = description.query.map(\.parameter) + route.headerParameters
    if !parameters.isEmpty { members.append(.init("parameters", .array(parameters))) }
    if let body = description.requestBody { members.append(.init("requestBody", requestBody(body))) }
    members.append(.init("responses", .object(responses(route))))
    members.append(.init("security", description.access == .anyone ? [] : [["bearer": []]]))
    return .init(route.method.rawValue.lowercased(), .object(members))
  }

  private static func requestBody(_ body: DataShape) -> JSONValue {
    [
      "required": true,
      "content": [
        "application/json": ["schema": body.schema(isClosed: true), "example": body.example]
      ],
    ]
  }

  private static func responses(_ route: Route) -> [JSONValue.Member] {
    let answer = route.description.answer
    let successes = [answer.status, answer.creates].compactMap { $0 }.map { status in
      var success: [JSONValue.Member] = [
        .init("description", .string(status.reason)),
        .init("headers", .object(route.headers(of: status).map { OpenAPIComponents.header($0) })),
      ]
      if let shape = answer.shape {
        var content: [JSONValue.Member] = [.init("schema", shape.schema())]
        if shape != .anything, shape != .string { content.append(.init("example", shape.example)) }
        success.append(.init("content", .object([.init(answer.contentType, .object(content))])))
      }
      return JSONValue.Member(String(status.code), .object(success))
    }
    let problems = route.problemStatuses.map { status in
      JSONValue.Member(String(status.code), OpenAPIComponents.response(for: status))
    }
    return successes + notModified(route) + problems + [.init("default", OpenAPIComponents.anyProblem)]
  }

  /// What a client that has the present state gets.
  private static func notModified(_ route: Route) -> [JSONValue.Member] {
    guard route.method == .get, route.description.traits.contains(.conditional) else { return [] }
    let headers = ["X-Request-Id", "ETag"].map { OpenAPIComponents.header($0) }
    return [
      .init("304", ["description": .string(Status.notModified.reason), "headers": .object(headers)])
    ]
  }
}

extension Route {
  /// `GET /v1/users/{id}` becomes `get_v1_users_id`.
  var operationID: String {
    let words = template.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    return ([method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
  }

  /// The resource of the path, or `service` for what every service has.
  var tag: String {
    let words = template.split(separator: "/")
    guard words.count > 1, words[0] == "v1", words[1] != "whoami" else { return "service" }
    return String(words[1])
  }

  /// The route's own problems, and those that follow from its access, placeholders, query, body and traits.
  var problemStatuses: [Status] {
    var statuses = Set(description.problems)
    if description.access != .anyone { statuses.formUnion([.unauthorized, .serviceUnavailable]) }
    // A user has a limit of changes.
    if description.access != .anyone, !method.onlyReads { statuses.insert(.tooManyRequests) }
    if description.access == .operators { statuses.insert(.forbidden) }
    if template.contains("{") { statuses.formUnion([.badRequest, .notFound]) }
    if description.requestBody != nil {
      statuses.formUnion([.badRequest, .contentTooLarge, .unsupportedMediaType, .unprocessableContent])
    }
    if !description.traits.contains(.anyQuery) { statuses.insert(.badRequest) }
    // A cursor of another order.
    if hasPages { statuses.insert(.unprocessableContent) }
    if description.traits.contains(.idempotent) {
      statuses.formUnion([.badRequest, .conflict, .unprocessableContent])
    }
    if description.traits.contains(.conditional) { statuses.insert(.preconditionFailed) }
    if description.traits.contains(.rateLimited) { statuses.insert(.tooManyRequests) }
    statuses.remove(description.answer.status)
    return statuses.sorted { $0.code < $1.code }
  }

  private var hasPages: Bool { description.query.contains { $0.name == "cursor" } }

  /// The header fields that the route reads, as references.
  fileprivate var headerParameters: [JSONValue] {
    var names: [String] = []
    if description.traits.contains(.idempotent) { names.append("IdempotencyKey") }
    if description.traits.contains(.conditional) { names += ["IfMatch", "IfNoneMatch"] }
    return names.map(OpenAPIComponents.parameter)
  }

  /// The header fields of a success.
  fileprivate func headers(of status: Status) -> [String] {
    var names = ["X-Request-Id"]
    if status == .created { names.append("Location") }
    if description.traits.contains(.conditional), !status.forbidsBody { names.append("ETag") }
    if hasPages { names.append("Link") }
    if description.traits.contains(.rateLimited) { names += ["RateLimit", "RateLimit-Policy"] }
    return names
  }

  /// The shape of a placeholder's value. A name means the same in every path of the fleet.
  static func shape(ofPlaceholder name: String) -> DataShape {
    switch name {
    case "id", "delivery_id": .integer
    case "name": .text(1...64)
    case "external_id": .text(1...255)
    case _: .string
    }
  }
}

extension QueryParameter {
  fileprivate var parameter: JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(name)), .init("in", "query"), .init("required", .bool(isRequired)),
    ]
    if !summary.isEmpty { members.append(.init("description", .string(summary))) }
    members.append(.init("schema", shape.schema()))
    return .object(members)
  }
}

extension Router {
  /// The description of all routes as JSON (OpenAPI 3.1.0).
  package func openAPI(title: String, version: String) -> [UInt8] {
    let document = OpenAPIDocument(title: title, version: version, routes: routes)
    // The document contains only texts, booleans and integers, so encoding cannot fail.
    return (try? JSONCoding.encode(document.value)) ?? []
  }
}

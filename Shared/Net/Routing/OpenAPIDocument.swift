import HTTP
import JSON

/// The description of the API, generated from the routes (OpenAPI 3.1.0).
struct OpenAPIDocument {
  let title: String
  let version: String
  let routes: [Route]

  /// The document as JSON.
  var value: JSONValue {
    [
      "openapi": "3.1.0",
      "info": ["title": .string(title), "version": .string(version)],
      "paths": .object(paths),
      "components": [
        "schemas": ["Problem": Self.problemSchema],
        "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]],
      ],
    ]
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
    let names = PathTemplate(template)?.placeholders ?? []
    guard !names.isEmpty else { return [] }
    let parameters = names.map { name -> JSONValue in
      let isID = name == "id"
      let shape: DataShape = isID ? .integer : .string
      return ["name": .string(name), "in": "path", "required": true, "schema": shape.schema]
    }
    return [.init("parameters", .array(parameters))]
  }

  private static func operation(_ route: Route) -> JSONValue.Member {
    let description = route.description
    var members: [JSONValue.Member] = [
      .init("operationId", .string(operationID(route))),
      .init("summary", .string(description.summary)),
    ]
    if description.access == .operators {
      members.append(.init("description", "For operators only."))
    }
    if !description.query.isEmpty {
      members.append(.init("parameters", .array(description.query.map(\.parameter))))
    }
    if let body = description.requestBody {
      members.append(
        .init("requestBody", ["required": true, "content": content("application/json", body.schema)]))
    }
    members.append(.init("responses", .object(responses(route))))
    members.append(.init("security", description.access == .anyone ? [] : [["bearer": []]]))
    return .init(route.method.rawValue.lowercased(), .object(members))
  }

  /// `GET /v1/users/{id}` becomes `get_v1_users_id`.
  private static func operationID(_ route: Route) -> String {
    let words = route.template.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    return ([route.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
  }
}

extension OpenAPIDocument {
  private static func responses(_ route: Route) -> [JSONValue.Member] {
    let answer = route.description.answer
    let successes = [answer.status, answer.creates].compactMap { $0 }.map { status in
      var success: [JSONValue.Member] = [.init("description", .string(status.reason))]
      if let shape = answer.shape {
        success.append(.init("content", content(answer.contentType, shape.schema)))
      }
      return JSONValue.Member(String(status.code), .object(success))
    }
    let problems = problemStatuses(route).map { status in
      JSONValue.Member(
        String(status.code),
        [
          "description": .string(status.reason),
          "content": content("application/problem+json", ["$ref": "#/components/schemas/Problem"]),
        ])
    }
    return successes + problems
  }

  /// The route's own problems, and those that follow from its access, placeholders, query and body.
  private static func problemStatuses(_ route: Route) -> [Status] {
    let description = route.description
    var statuses = Set(description.problems)
    if description.access != .anyone { statuses.insert(.unauthorized) }
    if description.access == .operators { statuses.insert(.forbidden) }
    if route.template.contains("{") { statuses.formUnion([.badRequest, .notFound]) }
    if description.requestBody != nil {
      statuses.formUnion([.badRequest, .unsupportedMediaType, .unprocessableContent])
    }
    if !description.query.isEmpty { statuses.insert(.badRequest) }
    statuses.remove(description.answer.status)
    return statuses.sorted { $0.code < $1.code }
  }

  private static func content(_ type: String, _ schema: JSONValue) -> JSONValue {
    .object([.init(type, ["schema": schema])])
  }

  private static let problemSchema: JSONValue = [
    "type": "object",
    "description": "RFC 9457",
    "properties": [
      "type": ["type": "string", "format": "uri-reference"],
      "title": ["type": "string"],
      "status": ["type": "integer"],
      "detail": ["type": "string"],
      "instance": ["type": "string", "format": "uri-reference"],
    ],
    "required": ["type", "title", "status"],
  ]
}

extension QueryParameter {
  fileprivate var parameter: JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(name)), .init("in", "query"), .init("required", .bool(isRequired)),
    ]
    if !summary.isEmpty { members.append(.init("description", .string(summary))) }
    members.append(.init("schema", shape.schema))
    return .object(members)
  }
}

extension DataShape {
  /// The shape in JSON Schema (draft 2020-12).
  var schema: JSONValue {
    switch self {
    case .anything: [:]
    case .boolean: ["type": "boolean"]
    case .integer: ["type": "integer", "format": "int64"]
    case .range(let bounds):
      [
        "type": "integer", "minimum": .integer(Int64(bounds.lowerBound)),
        "maximum": .integer(Int64(bounds.upperBound)),
      ]
    case .number: ["type": "number"]
    case .string: ["type": "string"]
    case .timestamp: ["type": "string", "format": "date-time"]
    case .date: ["type": "string", "format": "date"]
    case .choice(let values): ["type": "string", "enum": .array(values.map(JSONValue.string))]
    case .list(let element): ["type": "array", "items": element.schema]
    case .optional(let wrapped): ["anyOf": [wrapped.schema, ["type": "null"]]]
    case .object(let fields): Self.objectSchema(fields)
    }
  }

  private static func objectSchema(_ fields: [Field]) -> JSONValue {
    [
      "type": "object",
      "properties": .object(fields.map { .init($0.name, $0.shape.schema) }),
      "required": .array(fields.filter(\.isRequired).map { .string($0.name) }),
    ]
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

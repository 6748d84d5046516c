import HTTP
import JSON

/// The parts of the API document to which its operations refer.
struct OpenAPIComponents {
  let routes: [Route]

  var members: [JSONValue.Member] {
    [
      .init("schemas", .object(schemas)),
      .init("parameters", .object(Self.parameters)),
      .init("headers", .object(Self.headers)),
      .init("responses", .object(responses)),
      .init(
        "securitySchemes", ["bearer": ["type": "http", "scheme": "bearer", "bearerFormat": "JWT"]]),
    ]
  }

  static func parameter(_ name: String) -> JSONValue { ["$ref": .string("#/components/parameters/\(name)")] }

  static func header(_ name: String) -> JSONValue.Member {
    .init(name, ["$ref": .string("#/components/headers/\(name)")])
  }

  static func response(for status: Status) -> JSONValue {
    ["$ref": .string("#/components/responses/\(name(of: status))")]
  }

  static let anyProblem: JSONValue = ["$ref": "#/components/responses/AnyProblem"]

  /// `Not Found` becomes `NotFound`.
  private static func name(of status: Status) -> String { status.reason.filter { $0 != " " } }

  /// The named shapes of all routes. Those of requests are closed: the router refuses unknown fields.
  private var schemas: [JSONValue.Member] {
    var members: [JSONValue.Member] = [.init("Problem", Self.problem)]
    func add(_ shape: DataShape?, isClosed: Bool) {
      for (name, shape) in shape?.named ?? [] where !members.contains(where: { $0.name == name }) {
        members.append(.init(name, shape.schema(isClosed: isClosed)))
      }
    }
    for route in routes {
      add(route.description.requestBody, isClosed: !route.description.traits.contains(.signedBody))
      add(route.description.answer.shape, isClosed: false)
    }
    return members
  }

  private var responses: [JSONValue.Member] {
    let statuses = Set(routes.flatMap(\.problemStatuses)).sorted { $0.code < $1.code }
    let any: JSONValue = [
      "description": "Any other problem.", "content": Self.content(["$ref": "#/components/schemas/Problem"]),
    ]
    return statuses.map { .init(Self.name(of: $0), Self.problemResponse($0)) } + [.init("AnyProblem", any)]
  }

  private static func problemResponse(_ status: Status) -> JSONValue {
    let codes = ProblemCode.allCases.filter { $0.status == status }
    let texts = codes.map { "`\($0.rawValue)`: \($0.summary)" }.joined(separator: " ")
    var names = ["X-Request-Id"]
    if status == .unauthorized { names.append("WWW-Authenticate") }
    if status == .tooManyRequests || status == .serviceUnavailable { names.append("Retry-After") }
    if status == .tooManyRequests { names += ["RateLimit", "RateLimit-Policy"] }
    let example: JSONValue = [
      "type": .string(ProblemCode.usual(for: status).type), "title": .string(status.reason),
      "status": .integer(Int64(status.code)), "code": .string(ProblemCode.usual(for: status).rawValue),
    ]
    return [
      "description": .string("\(status.reason). \(texts)"), "headers": .object(names.map(header)),
      "content": content(["$ref": "#/components/schemas/Problem"], example),
    ]
  }

  private static func content(_ schema: JSONValue, _ example: JSONValue? = nil) -> JSONValue {
    let members = [JSONValue.Member("schema", schema)] + (example.map { [.init("example", $0)] } ?? [])
    return .object([.init("application/problem+json", .object(members))])
  }

  private static let problem: JSONValue = [
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": [
      "type": ["type": "string", "format": "uri-reference"],
      "title": ["type": "string"],
      "status": ["type": "integer"],
      "code": ["type": "string", "enum": .array(ProblemCode.allCases.map { .string($0.rawValue) })],
      "detail": ["type": "string"],
      "instance": ["type": "string", "format": "uri-reference"],
      "field": ["type": "string", "description": "The first of `errors`."],
      "errors": [
        "type": "array",
        "items": [
          "type": "object",
          "properties": ["field": ["type": "string"], "detail": ["type": "string"]],
          "required": ["field", "detail"],
        ],
      ],
      "position": ["type": "integer", "description": "Where the body is not JSON, in bytes."],
    ],
    "required": ["type", "title", "status", "code"],
  ]

  private static let parameters: [JSONValue.Member] = [
    headerParameter(
      "RequestId", "X-Request-Id",
      "The client's own id of the request, for its log and the access log. One that is not valid is replaced.",
      .string),
    headerParameter(
      "IdempotencyKey", "Idempotency-Key",
      "A random text of the client's. The same request with the same key within a day creates nothing more.",
      .text(1...255, pattern: "^[!#-~]+$", example: "8e03978e-40d5-43dd-bc93-6894a57f9324")),
    headerParameter(
      "IfMatch", "If-Match", "The `ETag` that the resource must have, else the answer is 412.", .string),
    headerParameter(
      "IfNoneMatch", "If-None-Match", "The `ETag` that the client has: a read then gets 304.", .string),
  ]

  private static func headerParameter(
    _ component: String, _ name: String, _ summary: String, _ shape: DataShape
  ) -> JSONValue.Member {
    .init(
      component,
      [
        "name": .string(name), "in": "header", "required": false, "description": .string(summary),
        "schema": shape.schema(),
      ])
  }

  private static let headers: [JSONValue.Member] = [
    header("X-Request-Id", "The id of the request, which the log has too.", .string),
    header("Location", "The path of the new resource.", .string),
    header("ETag", "The state of the resource, for `If-Match`.", .string),
    header("Link", "The next page, with `rel=\"next\"`; absent at the end.", .string),
    header("Retry-After", "The seconds to wait.", .range(0...86_400)),
    header("WWW-Authenticate", "The scheme of the token.", .string),
    header(
      "RateLimit", "What is left: the policy's name, `r` requests, and `t` seconds until there are more.",
      .string),
    header("RateLimit-Policy", "The limit: the policy's name, `q` requests in `w` seconds.", .string),
  ]

  private static func header(_ name: String, _ summary: String, _ shape: DataShape) -> JSONValue.Member {
    .init(name, ["description": .string(summary), "schema": shape.schema()])
  }
}

import JSON

extension DataShape {
  /// The shape in JSON Schema (draft 2020-12).
  /// - Parameter isClosed: Whether an object has no further members. That holds for requests: a response may have more
  ///   in a later release.
  func schema(isClosed: Bool = false) -> JSONValue {
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
    case .text(let rule): rule.schema
    case .timestamp: ["type": "string", "format": "date-time"]
    case .date: ["type": "string", "format": "date"]
    case .choice(let values): ["type": "string", "enum": .array(values.map(JSONValue.string))]
    case .list(let element): ["type": "array", "items": element.schema(isClosed: isClosed)]
    case .items(let element, let count):
      [
        "type": "array", "items": element.schema(isClosed: isClosed),
        "minItems": .integer(Int64(count.lowerBound)), "maxItems": .integer(Int64(count.upperBound)),
      ]
    case .optional(let wrapped): ["anyOf": [wrapped.schema(isClosed: isClosed), ["type": "null"]]]
    case .object(let fields): Self.objectSchema(fields, isClosed: isClosed, allowsMore: !isClosed)
    case .open(let fields): Self.objectSchema(fields, isClosed: isClosed, allowsMore: true)
    case .named(let name, _): ["$ref": .string("#/components/schemas/\(name)")]
    }
  }

  private static func objectSchema(_ fields: [Field], isClosed: Bool, allowsMore: Bool) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("type", "object"),
      .init("properties", .object(fields.map { .init($0.name, $0.schema(isClosed: isClosed)) })),
      .init("required", .array(fields.filter(\.isRequired).map { .string($0.name) })),
    ]
    if !allowsMore { members.append(.init("additionalProperties", false)) }
    return .object(members)
  }

  /// The named shapes in this one, the outer ones first.
  var named: [(name: String, shape: DataShape)] {
    switch self {
    case .anything, .boolean, .integer, .range, .number, .string, .text, .timestamp, .date, .choice: []
    case .list(let element), .items(let element, _), .optional(let element): element.named
    case .object(let fields), .open(let fields): fields.flatMap(\.shape.named)
    case .named(let name, let shape): [(name, shape)] + shape.named
    }
  }

  /// A value of this shape.
  var example: JSONValue {
    switch self {
    case .anything: [:]
    case .boolean: true
    case .integer: 42
    case .range(let bounds): .integer(Int64(bounds.lowerBound))
    case .number: 1
    case .string: "text"
    case .text(let rule): .string(rule.example ?? String(repeating: "a", count: rule.length.lowerBound))
    case .timestamp: "2026-11-22T10:00:00Z"
    case .date: "2026-11-22"
    case .choice(let values): .string(values.first ?? "")
    case .list(let element), .items(let element, _): .array([element.example])
    case .optional(let wrapped), .named(_, let wrapped): wrapped.example
    case .object(let fields), .open(let fields):
      .object(fields.filter(\.isShown).map { .init($0.name, $0.shape.example) })
    }
  }
}

extension DataShape.Field {
  fileprivate func schema(isClosed: Bool) -> JSONValue {
    let schema = shape.schema(isClosed: isClosed)
    guard !summary.isEmpty, case .object(let members) = schema else { return schema }
    return .object(members + [.init("description", .string(summary))])
  }

  /// Whether an example has the member.
  fileprivate var isShown: Bool {
    if isRequired { return true }
    if case .text(let rule) = shape { return rule.example != nil }
    return false
  }
}

extension DataShape.TextRule {
  fileprivate var schema: JSONValue {
    var members: [JSONValue.Member] = [
      .init("type", "string"), .init("minLength", .integer(Int64(length.lowerBound))),
      .init("maxLength", .integer(Int64(length.upperBound))),
    ]
    if let format { members.append(.init("format", .string(format))) }
    if let pattern { members.append(.init("pattern", .string(pattern))) }
    if let example { members.append(.init("examples", [.string(example)])) }
    return .object(members)
  }
}

import JSON

/// The shape of a JSON value. Request bodies are held to it, and the API document is made of it, so the two are one.
package indirect enum DataShape: Sendable, Hashable {
  case anything
  case boolean
  case integer
  /// A whole number within these bounds.
  case range(ClosedRange<Int>)
  case number
  case string
  /// A string with a rule.
  case text(TextRule)
  /// RFC 3339, in UTC.
  case timestamp
  case date
  case choice([String])
  case list(DataShape)
  /// A list with so many elements.
  case items(DataShape, count: ClosedRange<Int>)
  /// The value, or null.
  case optional(DataShape)
  /// An object with these members and no others.
  case object([Field])
  /// An object with these members, and others that nothing reads.
  case open([Field])
  /// A shape that the API document lists by its name.
  case named(String, DataShape)

  /// A string of so many characters. Where a rule counts bytes, a character has at least one of them.
  package static func text(
    _ length: ClosedRange<Int>, format: String? = nil, pattern: String? = nil, example: String? = nil
  ) -> DataShape {
    .text(TextRule(length: length, format: format, pattern: pattern, example: example))
  }

  /// The rule of a string.
  package struct TextRule: Sendable, Hashable {
    /// In characters (Unicode scalars), as JSON Schema counts them.
    package let length: ClosedRange<Int>
    /// A format of JSON Schema, which only informs.
    package let format: String?
    /// A regular expression, which only informs: the handler has the rule.
    package let pattern: String?
    /// A value that the rule accepts.
    package let example: String?
  }

  /// A member of an object.
  package struct Field: Sendable, Hashable {
    /// The member's name.
    package let name: String
    /// The shape of its value.
    package let shape: DataShape
    /// Whether the member is always present.
    package let isRequired: Bool
    /// What it means; empty where the name says it.
    package let summary: String

    /// A member, required by default.
    package init(_ name: String, _ shape: DataShape, isRequired: Bool = true, summary: String = "") {
      self.name = name
      self.shape = shape
      self.isRequired = isRequired
      self.summary = summary
    }
  }
}

extension DataShape {
  /// What is wrong with a value, field by field; empty for a value of this shape.
  /// - Parameter path: The name of the value, empty for a whole body.
  package func errors(in value: JSONValue, at path: String = "") -> [FieldError] {
    switch self {
    case .anything: []
    case .boolean: value.bool == nil ? [FieldError(path, "must be true or false")] : []
    case .integer: value.integer == nil ? [FieldError(path, "must be a whole number")] : []
    case .range(let bounds): Self.rangeErrors(value, bounds, path)
    case .number: value.isNumber ? [] : [FieldError(path, "must be a number")]
    case .string: value.string == nil ? [FieldError(path, "must be a text")] : []
    case .timestamp:
      value.string == nil ? [FieldError(path, "must be a time such as 2026-11-22T10:00:00Z")] : []
    case .date: value.string == nil ? [FieldError(path, "must be a day such as 2026-11-22")] : []
    case .text(let rule): rule.errors(in: value, at: path)
    case .choice(let values):
      value.string.map(values.contains) ?? false
        ? [] : [FieldError(path, "must be one of: \(values.joined(separator: ", "))")]
    case .list(let element): Self.listErrors(value, element, path)
    case .items(let element, let count):
      Self.listErrors(value, element, path) + Self.countErrors(value, count, path)
    case .optional(let wrapped): value == .null ? [] : wrapped.errors(in: value, at: path)
    case .object(let fields): Self.objectErrors(value, fields, isClosed: true, path)
    case .open(let fields): Self.objectErrors(value, fields, isClosed: false, path)
    case .named(_, let shape): shape.errors(in: value, at: path)
    }
  }

  private static func rangeErrors(
    _ value: JSONValue, _ bounds: ClosedRange<Int>, _ path: String
  ) -> [FieldError] {
    if let number = value.integer, bounds.contains(Int(number)) { return [] }
    return [FieldError(path, "must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")]
  }

  private static func listErrors(_ value: JSONValue, _ element: DataShape, _ path: String) -> [FieldError] {
    guard let elements = value.array else { return [FieldError(path, "must be a list")] }
    return elements.enumerated().flatMap { element.errors(in: $1, at: "\(path)[\($0)]") }
  }

  private static func countErrors(
    _ value: JSONValue, _ count: ClosedRange<Int>, _ path: String
  ) -> [FieldError] {
    guard let elements = value.array, !count.contains(elements.count) else { return [] }
    return [FieldError(path, "must have \(count.lowerBound) to \(count.upperBound) elements")]
  }

  private static func objectErrors(
    _ value: JSONValue, _ fields: [Field], isClosed: Bool, _ path: String
  ) -> [FieldError] {
    guard case .object(let members) = value else { return [FieldError(path, "must be an object")] }
    func place(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
    let known = fields.flatMap { field -> [FieldError] in
      guard let member = members.first(where: { $0.name == field.name }) else {
        return field.isRequired ? [FieldError(place(field.name), "is missing")] : []
      }
      return field.shape.errors(in: member.value, at: place(field.name))
    }
    guard isClosed else { return known }
    let names = Set(fields.map(\.name))
    let unknown = members.filter { !names.contains($0.name) }.map { member in
      FieldError(place(Self.shown(member.name)), "is unknown here: the fields are \(Self.list(fields))")
    }
    return known + unknown
  }

  private static func list(_ fields: [Field]) -> String { fields.map(\.name).joined(separator: ", ") }

  /// A client's name for the response: of bounded length, and without control characters.
  private static func shown(_ name: String) -> String {
    let scalars = name.unicodeScalars.prefix(64).filter { $0.properties.generalCategory != .control }
    return String(String.UnicodeScalarView(scalars))
  }
}

extension DataShape.TextRule {
  fileprivate func errors(in value: JSONValue, at path: String) -> [FieldError] {
    guard let text = value.string else { return [FieldError(path, "must be a text")] }
    // A text has at most as many characters as bytes, so most need no count.
    if length.contains(text.utf8.count), length.lowerBound <= 1 { return [] }
    if length.contains(text.unicodeScalars.count) { return [] }
    return [FieldError(path, "must have \(length.lowerBound) to \(length.upperBound) characters")]
  }
}

extension JSONValue {
  fileprivate var isNumber: Bool {
    switch self {
    case .integer, .double, .decimal: true
    case .null, .bool, .string, .array, .object: false
    }
  }
}

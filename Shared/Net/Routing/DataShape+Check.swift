import Encoding
import JSON

extension DataShape {
  /// What is wrong with a value, field by field, up to the limit of ``FieldErrors``; empty for a value of this shape.
  package func errors(in value: JSONValue) -> [FieldError] {
    var errors = FieldErrors()
    check(value, into: &errors)
    return errors.list
  }

  /// Adds what is wrong with a value.
  /// - Parameter path: The name of the value, empty for a whole body.
  package func check(_ value: JSONValue, at path: String = "", into errors: inout FieldErrors) {
    switch self {
    case .anything: break
    case .boolean: if value.bool == nil { errors.add(path, "must be true or false") }
    case .integer: if value.integer == nil { errors.add(path, "must be a whole number") }
    case .range(let bounds): Self.checkRange(value, bounds, path, &errors)
    case .number: if !value.isNumber { errors.add(path, "must be a number") }
    case .string: if value.string == nil { errors.add(path, "must be a text") }
    case .timestamp:
      if value.string == nil { errors.add(path, "must be a time such as 2026-11-22T10:00:00Z") }
    case .date: if value.string == nil { errors.add(path, "must be a day such as 2026-11-22") }
    case .text(let rule): if let detail = rule.fault(of: value) { errors.add(path, detail) }
    case .choice(let values):
      guard let text = value.string, values.has(text) else {
        return errors.add(path, "must be one of: \(values.joined(separator: ", "))")
      }
    case .list(let element): Self.checkList(value, element, count: nil, path, &errors)
    case .items(let element, let count): Self.checkList(value, element, count: count, path, &errors)
    case .optional(let wrapped): if value != .null { wrapped.check(value, at: path, into: &errors) }
    case .object(let fields): Self.checkObject(value, fields, isClosed: true, path, &errors)
    case .open(let fields): Self.checkObject(value, fields, isClosed: false, path, &errors)
    case .named(_, let shape): shape.check(value, at: path, into: &errors)
    }
  }

  private static func checkRange(
    _ value: JSONValue, _ bounds: ClosedRange<Int>, _ path: String, _ errors: inout FieldErrors
  ) {
    if let number = value.integer, bounds.contains(Int(number)) { return }
    errors.add(path, "must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
  }

  /// The elements of a list with a wrong count are not looked at.
  private static func checkList(
    _ value: JSONValue, _ element: DataShape, count: ClosedRange<Int>?, _ path: String,
    _ errors: inout FieldErrors
  ) {
    guard let elements = value.array else { return errors.add(path, "must be a list") }
    if let count, !count.contains(elements.count) {
      return errors.add(path, "must have \(count.lowerBound) to \(count.upperBound) elements")
    }
    for (index, value) in elements.enumerated() {
      guard !errors.isFull else { return }
      element.check(value, at: "\(path)[\(index)]", into: &errors)
    }
  }

  private static func checkObject(
    _ value: JSONValue, _ fields: [Field], isClosed: Bool, _ path: String, _ errors: inout FieldErrors
  ) {
    guard case .object(let members) = value else { return errors.add(path, "must be an object") }
    // With so many members too many, none of them is looked at.
    guard !isClosed || members.count <= fields.count + FieldErrors.maximum else {
      return errors.add(path, "must have no other fields than \(list(fields))")
    }
    for field in fields {
      guard !errors.isFull else { return }
      if let member = members.first(where: { $0.name.isSame(as: field.name) }) {
        field.shape.check(member.value, at: place(field.name, in: path), into: &errors)
      } else if field.isRequired {
        errors.add(place(field.name, in: path), "is missing")
      }
    }
    guard isClosed else { return }
    for member in members where !fields.contains(where: { $0.name.isSame(as: member.name) }) {
      guard !errors.isFull else { return }
      let name = member.name.shown(atMost: FieldError.maximumNameCharacters)
      errors.add(place(name, in: path), "is unknown here: the fields are \(list(fields))")
    }
  }

  private static func place(_ name: String, in path: String) -> String {
    path.isEmpty ? name : "\(path).\(name)"
  }

  private static func list(_ fields: [Field]) -> String { fields.map(\.name).joined(separator: ", ") }
}

extension DataShape.TextRule {
  fileprivate func fault(of value: JSONValue) -> String? {
    guard let text = value.string else { return "must be a text" }
    // A text has at most as many characters as bytes, so most need no count.
    if length.contains(text.utf8.count), length.lowerBound <= 1 { return nil }
    if length.contains(text.unicodeScalars.count) { return nil }
    return "must have \(length.lowerBound) to \(length.upperBound) characters"
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

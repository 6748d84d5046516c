import Encoding

/// Any JSON value, for documents without a fixed type: settings, payloads, configurations.
///
/// The arrays are its only indirection: an indirect enumeration would allocate memory for each number.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// A number that a double keeps digit for digit.
  case double(Double)
  /// Any other number.
  case decimal(JSONDecimal)
  case string(String)
  case array([JSONValue])
  /// Members in the order of the text. The scanner refuses duplicate names.
  case object([Member])

  /// A named value of an object.
  package struct Member: Sendable, Hashable {
    /// The member's name.
    package var name: String
    /// The member's value.
    package var value: JSONValue

    /// Pairs a name with a value.
    package init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }

    /// Compares names by their bytes (RFC 8259, section 8.3).
    package static func == (left: Member, right: Member) -> Bool {
      left.name.isSame(as: right.name) && left.value == right.value
    }

    /// Hashes the bytes of the name.
    package func hash(into hasher: inout Hasher) {
      hasher.combine(ByteText(name))
      hasher.combine(value)
    }
  }

  /// The value of the member with this name; nil for other names and for values that are not objects.
  package subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name.isSame(as: name) }?.value
  }

  /// The element at this index; nil beyond the end and for values that are not arrays.
  package subscript(_ index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The text; nil for values that are not strings.
  package var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// The integer; nil for other values, including doubles.
  package var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  /// The boolean; nil for other values.
  package var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  /// The elements; nil for values that are not arrays.
  package var array: [JSONValue]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// Makes an object from names and values in this order.
  package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
    .object(members.map { Member($0.key, $0.value) })
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  package init(integerLiteral value: Int64) { self = .integer(value) }
  /// A boolean.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A number with a fraction.
  package init(floatLiteral value: Double) { self = .double(value) }
  /// An array.
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object with its members in the order of the literal.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
  /// null.
  package init(nilLiteral: ()) { self = .null }
}

extension JSONValue: Codable {
  /// Reads any value: directly from this module's decoder, or by trial from another decoder.
  package init(from decoder: any Decoder) throws {
    if let decoder = decoder as? StreamingDecoder {
      self = try decoder.document.value(at: decoder.index)
    } else if let object = try? decoder.container(keyedBy: AnyKey.self) {
      self = .object(
        try object.allKeys.map { Member($0.stringValue, try object.decode(JSONValue.self, forKey: $0)) })
    } else if var array = try? decoder.unkeyedContainer() {
      var elements: [JSONValue] = []
      while !array.isAtEnd { elements.append(try array.decode(JSONValue.self)) }
      self = .array(elements)
    } else {
      self = try Self.scalar(try decoder.singleValueContainer())
    }
  }

  private static func scalar(_ container: any SingleValueDecodingContainer) throws -> JSONValue {
    if container.decodeNil() { return .null }
    if let value = try? container.decode(Bool.self) { return .bool(value) }
    if let value = try? container.decode(Int64.self) { return .integer(value) }
    if let value = try? container.decode(Double.self) { return .double(value) }
    return .string(try container.decode(String.self))
  }

  /// Writes the value with any encoder.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .bool(let value): try value.encode(to: encoder)
    case .integer(let value): try value.encode(to: encoder)
    case .double(let value): try value.encode(to: encoder)
    case .decimal(let value):
      guard let encoder = encoder as? StreamingEncoder else { return try value.double.encode(to: encoder) }
      encoder.output.text.putText(value.text)
    case .string(let value): try value.encode(to: encoder)
    case .array(let elements):
      var container = encoder.unkeyedContainer()
      for element in elements { try container.encode(element) }
    case .object(let members):
      var container = encoder.container(keyedBy: AnyKey.self)
      for member in members { try container.encode(member.value, forKey: AnyKey(stringValue: member.name)) }
    }
  }

  /// A key that may be any text.
  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init(intValue: Int) { stringValue = String(intValue) }
  }
}

extension JSONDocument {
  /// The value as a tree.
  func value(at index: Int) throws(JSONError) -> JSONValue {
    switch kind(at: index) {
    case .null: .null
    case .yes: .bool(true)
    case .no: .bool(false)
    case .string: .string(text(at: index))
    case .integer, .number: try number(at: index)
    case .array: .array(try elements(of: index))
    case .object: .object(try members(of: index))
    }
  }

  private func number(at index: Int) throws(JSONError) -> JSONValue {
    if kind(at: index) == .integer, let value = try? integer(Int64.self, at: index),
      value != 0 || withNumber(at: index, \.count) == 1
    {
      return .integer(value)
    }
    let value: JSONValue? = withNumber(at: index) { text in
      guard JSONNumber.isKeptByDouble(text) else { return JSONDecimal(text).map(JSONValue.decimal) }
      return JSONNumber.double(text).map(JSONValue.double)
    }
    guard let value else { throw invalid("The number is out of range.", at: index) }
    return value
  }

  private func elements(of array: Int) throws(JSONError) -> [JSONValue] {
    var elements: [JSONValue] = []
    elements.reserveCapacity(elementCount(of: array))
    var index = array + 1
    while index < end(of: array) {
      elements.append(try value(at: index))
      index = end(of: index)
    }
    return elements
  }

  private func members(of object: Int) throws(JSONError) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    members.reserveCapacity(elementCount(of: object))
    var name = object + 1
    while name < end(of: object) {
      members.append(JSONValue.Member(text(at: name), try value(at: name + 1)))
      name = end(of: name + 1)
    }
    return members
  }
}

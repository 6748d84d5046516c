/// The decoder for one value: a position in a validated document.
///
/// Its coding paths are empty. Errors build their path while they propagate.
struct StreamingDecoder: Decoder {
  let document: JSONDocument
  let index: Int

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard document.kind(at: index) == .object else { throw document.mistyped("An object", at: index) }
    return KeyedDecodingContainer(ObjectDecodingContainer<Key>(document: document, object: index))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard document.kind(at: index) == .array else { throw document.mistyped("An array", at: index) }
    return ArrayDecodingContainer(document: document, array: index)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    ScalarDecodingContainer(document: document, index: index)
  }
}

/// Reads a single value.
struct ScalarDecodingContainer: SingleValueDecodingContainer {
  let document: JSONDocument
  let index: Int

  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { document.isNull(at: index) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try document.decode(type, at: index)
  }
}

extension JSONDocument {
  /// Reads a value: JSON's own types directly, all others through their `init(from:)`.
  @inline(__always)
  func decode<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
    if let scalar = try decodeScalar(type, at: index) { return scalar }
    return try Value(from: StreamingDecoder(document: self, index: index))
  }

  @inline(__always)
  private func decodeScalar<Value: Decodable>(_ type: Value.Type, at index: Int) throws(JSONError) -> Value? {
    if type == String.self { return try string(at: index) as? Value }
    if type == Int.self { return try integer(Int.self, at: index) as? Value }
    if type == Int64.self { return try integer(Int64.self, at: index) as? Value }
    if type == Bool.self { return try bool(at: index) as? Value }
    if type == Double.self { return try double(at: index) as? Value }
    if type == JSONValue.self { return try value(at: index) as? Value }
    return try decodeOtherNumber(type, at: index)
  }

  private func decodeOtherNumber<Value: Decodable>(
    _ type: Value.Type, at index: Int
  ) throws(JSONError) -> Value? {
    if type == Float.self { return try float(at: index) as? Value }
    if type == Int32.self { return try integer(Int32.self, at: index) as? Value }
    if type == UInt64.self { return try integer(UInt64.self, at: index) as? Value }
    if type == UInt.self { return try integer(UInt.self, at: index) as? Value }
    if type == UInt32.self { return try integer(UInt32.self, at: index) as? Value }
    if type == UInt16.self { return try integer(UInt16.self, at: index) as? Value }
    if type == Int16.self { return try integer(Int16.self, at: index) as? Value }
    if type == UInt8.self { return try integer(UInt8.self, at: index) as? Value }
    if type == Int8.self { return try integer(Int8.self, at: index) as? Value }
    return nil
  }

  private func float(at index: Int) throws(JSONError) -> Float {
    let value = Float(try double(at: index))
    guard value.isFinite else { throw invalid("The number is out of range.", at: index) }
    return value
  }
}

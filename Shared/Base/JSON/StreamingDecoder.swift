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
  /// Reads a value: JSON's own types and lists of them directly, all others through their `init(from:)`.
  @inline(__always)
  func decode<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
    if type == String.self { return same(try string(at: index)) }
    if type == Int.self { return same(try integer(Int.self, at: index)) }
    if type == Int64.self { return same(try integer(Int64.self, at: index)) }
    if type == Bool.self { return same(try bool(at: index)) }
    if type == Double.self { return same(try double(at: index)) }
    // Lists and all other scalars have no more bytes, so most other types need no more comparisons.
    if MemoryLayout<Value>.size <= 8 { return try decodeSmall(type, at: index) }
    if type == JSONValue.self { return same(try value(at: index)) }
    return try Value(from: StreamingDecoder(document: self, index: index))
  }

  private func decodeSmall<Value: Decodable>(_ type: Value.Type, at index: Int) throws -> Value {
    if type == [Double].self { return same(try list(at: index, double)) }
    if type == [String].self { return same(try list(at: index, string)) }
    if type == [Int].self { return same(try list(at: index) { try integer(Int.self, at: $0) }) }
    if type == [Int64].self { return same(try list(at: index) { try integer(Int64.self, at: $0) }) }
    if type == Float.self { return same(try float(at: index)) }
    if type == Int32.self { return same(try integer(Int32.self, at: index)) }
    if type == UInt64.self { return same(try integer(UInt64.self, at: index)) }
    if type == UInt.self { return same(try integer(UInt.self, at: index)) }
    if type == UInt32.self { return same(try integer(UInt32.self, at: index)) }
    if type == UInt16.self { return same(try integer(UInt16.self, at: index)) }
    if type == Int16.self { return same(try integer(Int16.self, at: index)) }
    if type == UInt8.self { return same(try integer(UInt8.self, at: index)) }
    if type == Int8.self { return same(try integer(Int8.self, at: index)) }
    if kind(at: index) == .array, let list = type as? any DecodableList.Type {
      return try read(list, at: index)
    }
    return try Value(from: StreamingDecoder(document: self, index: index))
  }

  private func read<List: DecodableList, Value>(_ list: List.Type, at index: Int) throws -> Value {
    same(try List(from: self, at: index))
  }

  /// Reads an array in one step. `Array` itself would look up its types at runtime for each element.
  @inline(__always)
  fileprivate func list<Element>(at index: Int, _ read: (Int) throws -> Element) throws -> [Element] {
    guard kind(at: index) == .array else { throw mistyped("An array", at: index) }
    var elements: [Element] = []
    elements.reserveCapacity(min(elementCount(of: index), mostReserved))
    var element = index &+ 1
    while element < end(of: index) {
      do {
        elements.append(try read(element))
      } catch {
        throw JSONError(wrapping: error).inside(index: elements.count)
      }
      element = end(of: element)
    }
    return elements
  }

  /// A list gets memory for so many elements in one step. A text has two bytes for an element that takes hundreds.
  private var mostReserved: Int { 65_536 }

  private func float(at index: Int) throws(JSONError) -> Float {
    let value = Float(try double(at: index))
    guard value.isFinite else { throw invalid("The number is out of range.", at: index) }
    return value
  }
}

/// An array of any type that can be decoded.
private protocol DecodableList {
  init(from document: JSONDocument, at index: Int) throws
}

extension Array: DecodableList where Element: Decodable {
  fileprivate init(from document: JSONDocument, at index: Int) throws {
    self = try document.list(at: index) { try document.decode(Element.self, at: $0) }
  }
}

/// The same value under the generic name of its type. The caller has compared the types; a checked cast would look them up
/// at runtime.
@inline(__always)
func same<Known, Value>(_ value: Known) -> Value { unsafeBitCast(value, to: Value.self) }

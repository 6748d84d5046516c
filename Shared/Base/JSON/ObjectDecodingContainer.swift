/// Reads the members of an object by name.
struct ObjectDecodingContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let document: JSONDocument
  let object: Int

  var codingPath: [any CodingKey] { [] }

  var allKeys: [Key] {
    var keys: [Key] = []
    var name = object + 1
    while name < document.end(of: object) {
      if let key = Key(stringValue: document.text(at: name)) { keys.append(key) }
      name = document.end(of: name + 1)
    }
    return keys
  }

  func contains(_ key: Key) -> Bool {
    document.value(of: key.stringValue, inObject: object) != nil
  }

  func decodeNil(forKey key: Key) throws -> Bool {
    document.isNull(at: try index(of: key.stringValue))
  }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try member(key) { index in try document.decode(type, at: index) }
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    try memberIfPresent(key) { index in try document.decode(type, at: index) }
  }

  @inline(__always)
  func member<Value>(_ key: Key, _ read: (Int) throws -> Value) throws -> Value {
    let name = key.stringValue
    let index = try index(of: name)
    do {
      return try read(index)
    } catch {
      throw JSONError(wrapping: error).inside(key: name)
    }
  }

  @inline(__always)
  func memberIfPresent<Value>(_ key: Key, _ read: (Int) throws -> Value) throws -> Value? {
    let name = key.stringValue
    guard let index = document.value(of: name, inObject: object), !document.isNull(at: index) else {
      return nil
    }
    do {
      return try read(index)
    } catch {
      throw JSONError(wrapping: error).inside(key: name)
    }
  }

  @inline(__always)
  private func index(of name: String) throws(JSONError) -> Int {
    guard let index = document.value(of: name, inObject: object) else {
      throw JSONError(.missing, "The field is missing.", path: name)
    }
    return index
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try superDecoder(forKey: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try superDecoder(forKey: key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder {
    StreamingDecoder(document: document, index: try index(of: "super"))
  }

  func superDecoder(forKey key: Key) throws -> any Decoder {
    StreamingDecoder(document: document, index: try index(of: key.stringValue))
  }
}

/// The most common field types, without the cost of generic code.
extension ObjectDecodingContainer {
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try member(key, document.string) }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try member(key, document.bool) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try member(key, document.double) }

  func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
    try member(key) { index in try document.integer(type, at: index) }
  }

  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
    try member(key) { index in try document.integer(type, at: index) }
  }

  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try memberIfPresent(key, document.string)
  }

  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    try memberIfPresent(key, document.bool)
  }

  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    try memberIfPresent(key) { index in try document.integer(type, at: index) }
  }

  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
    try memberIfPresent(key) { index in try document.integer(type, at: index) }
  }
}

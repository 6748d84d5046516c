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
    let name = key.stringValue
    return try decode(type, at: try index(of: name), named: name)
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    let name = key.stringValue
    guard let index = document.value(of: name, inObject: object), !document.isNull(at: index) else {
      return nil
    }
    return try decode(type, at: index, named: name)
  }

  @inline(__always)
  private func decode<Value: Decodable>(_ type: Value.Type, at index: Int, named name: String) throws -> Value
  {
    do {
      return try document.decode(type, at: index)
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

/// Reads the elements of an array in order.
struct ArrayDecodingContainer: UnkeyedDecodingContainer {
  private let document: JSONDocument
  private let end: Int
  private var next: Int
  private(set) var currentIndex = 0

  init(document: JSONDocument, array: Int) {
    self.document = document
    end = document.end(of: array)
    next = array + 1
  }

  var codingPath: [any CodingKey] { [] }
  var isAtEnd: Bool { next >= end }

  var count: Int? {
    var elements = currentIndex
    var element = next
    while element < end {
      element = document.end(of: element)
      elements += 1
    }
    return elements
  }

  mutating func decodeNil() throws -> Bool {
    try requireElement()
    guard document.isNull(at: next) else { return false }
    advance()
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try requireElement()
    do {
      let value = try document.decode(type, at: next)
      advance()
      return value
    } catch {
      throw JSONError(wrapping: error).inside(index: currentIndex)
    }
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try superDecoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try superDecoder().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder {
    try requireElement()
    defer { advance() }
    return StreamingDecoder(document: document, index: next)
  }

  private func requireElement() throws(JSONError) {
    guard !isAtEnd else {
      throw JSONError(.missing, "The array has too few elements.", path: "[\(currentIndex)]")
    }
  }

  @inline(__always)
  private mutating func advance() {
    next = document.end(of: next)
    currentIndex &+= 1
  }
}

/// Reads one value as a whole.
struct ScalarDecodingContainer: SingleValueDecodingContainer {
  let document: JSONDocument
  let index: Int

  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { document.isNull(at: index) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try document.decode(type, at: index)
  }
}

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

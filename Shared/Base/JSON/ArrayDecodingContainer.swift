/// Reads the elements of an array in order.
struct ArrayDecodingContainer: UnkeyedDecodingContainer {
  private let document: JSONDocument
  // 32 bits each, as in the index, so that an existential holds the container without memory of its own.
  private let lastEnd: UInt32
  private var nextElement: UInt32
  private var position: UInt32 = 0

  init(document: JSONDocument, array: Int) {
    self.document = document
    lastEnd = UInt32(truncatingIfNeeded: document.end(of: array))
    nextElement = UInt32(truncatingIfNeeded: array + 1)
  }

  private var end: Int { Int(lastEnd) }
  private var next: Int { Int(nextElement) }
  var currentIndex: Int { Int(position) }

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
    nextElement = UInt32(truncatingIfNeeded: document.end(of: next))
    position &+= 1
  }
}

/// Writes the members of an object.
struct ObjectEncodingContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let output: EncodingOutput
  let container: EncodingOutput.Container

  var codingPath: [any CodingKey] { [] }

  @inline(__always)
  private func begin(_ name: String) {
    output.beginElement(of: container)
    output.text.putString(name)
    output.text.put(UInt8(ascii: ":"))
  }

  func encodeNil(forKey key: Key) {
    begin(key.stringValue)
    output.text.put("null")
  }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    begin(key.stringValue)
    try output.encode(value)
  }

  // The most common field types, without the cost of generic code.

  func encode(_ value: String, forKey key: Key) {
    begin(key.stringValue)
    output.text.putString(value)
  }

  func encode(_ value: Bool, forKey key: Key) {
    begin(key.stringValue)
    output.text.put(value)
  }

  func encode(_ value: Int, forKey key: Key) {
    begin(key.stringValue)
    output.text.putInteger(value)
  }

  func encode(_ value: Int64, forKey key: Key) {
    begin(key.stringValue)
    output.text.putInteger(value)
  }

  func encode(_ value: Double, forKey key: Key) {
    begin(key.stringValue)
    output.encode(double: value)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    encoder(named: key.stringValue).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(named: key.stringValue).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder(named: "super") }

  func superEncoder(forKey key: Key) -> any Encoder { encoder(named: key.stringValue) }

  private func encoder(named name: String) -> StreamingEncoder {
    begin(name)
    return StreamingEncoder(output: output, place: output.place)
  }
}

/// Writes the elements of an array.
struct ArrayEncodingContainer: UnkeyedEncodingContainer {
  let output: EncodingOutput
  let container: EncodingOutput.Container
  private(set) var count = 0

  var codingPath: [any CodingKey] { [] }

  init(output: EncodingOutput, container: EncodingOutput.Container) {
    self.output = output
    self.container = container
  }

  @inline(__always)
  private mutating func begin() {
    output.beginElement(of: container)
    count &+= 1
  }

  mutating func encodeNil() {
    begin()
    output.text.put("null")
  }

  mutating func encode<Value: Encodable>(_ value: Value) throws {
    begin()
    try output.encode(value)
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    elementEncoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    elementEncoder().unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { elementEncoder() }

  private mutating func elementEncoder() -> StreamingEncoder {
    begin()
    return StreamingEncoder(output: output, place: output.place)
  }
}

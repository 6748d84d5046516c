/// The encoder for one value. It writes directly into the output, and its coding paths are empty.
struct StreamingEncoder: Encoder {
  let output: EncodingOutput
  let place: EncodingOutput.Place

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(
      ObjectEncodingContainer<Key>(output: output, container: output.openContainer(.object, at: place)))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    ArrayEncodingContainer(output: output, container: output.openContainer(.array, at: place))
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ScalarEncodingContainer(output: output)
  }
}

/// Writes a single value.
struct ScalarEncodingContainer: SingleValueEncodingContainer {
  let output: EncodingOutput

  var codingPath: [any CodingKey] { [] }

  func encodeNil() { output.text.put("null") }

  func encode<Value: Encodable>(_ value: Value) throws { try output.encode(value) }
}

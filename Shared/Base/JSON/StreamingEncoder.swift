/// The encoder a value sees. It writes straight into the output.
///
/// Coding paths are not tracked while writing: they are empty.
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

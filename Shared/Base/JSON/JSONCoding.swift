/// JSON in and out (RFC 8259).
///
/// The writer streams a value as UTF-8 while it is being encoded, and the reader indexes the text in one pass
/// and takes the values from where they stand: neither builds a tree in between. Keys are written as the
/// coding keys name them, in the order they are encoded.
package enum JSONCoding {
  /// Objects and arrays within each other: deeper documents are refused, in both directions.
  package static let maximumDepth = 64

  /// Writes a value as compact JSON.
  package static func encode<Value: Encodable>(_ value: Value) throws(JSONError) -> [UInt8] {
    let output = EncodingOutput()
    do {
      try output.encode(value)
      return try output.finish()
    } catch {
      throw error as? JSONError ?? JSONError(.unwritable, "The value refused to be encoded.")
    }
  }

  /// Reads a value from a text that holds exactly one.
  ///
  /// Refused are: anything after the value, a name twice in one object, bytes that are not UTF-8, lone
  /// surrogates, numbers that do not fit, and nesting beyond `maximumDepth`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8]
  ) throws(JSONError) -> Value {
    let document = try JSONDocument(bytes)
    do {
      return try document.decode(type, at: 0)
    } catch {
      throw JSONError(wrapping: error)
    }
  }
}

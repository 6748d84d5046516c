/// Encodes and decodes JSON (RFC 8259).
///
/// The encoder streams a value as UTF-8 text. The decoder indexes the text in one pass and reads values in place.
/// Neither builds an intermediate tree. The encoder writes coding keys unchanged, in the order of encoding.
package enum JSONCoding {
  /// The deepest nesting of objects and arrays that the decoder accepts.
  package static let maximumDepth = 64
  /// The deepest nesting that the encoder writes. It exceeds `maximumDepth`, so that an answer can wrap each value that
  /// the decoder accepted: a value that was stored can be read.
  package static let maximumWrittenDepth = maximumDepth + 16

  /// Writes a value as compact JSON.
  package static func encode<Value: Encodable>(_ value: Value) throws(JSONError) -> [UInt8] {
    let output = EncodingOutput()
    do {
      try output.encode(value)
      return try output.finish()
    } catch {
      throw error as? JSONError ?? JSONError(.unwritable, "The value cannot be encoded.")
    }
  }

  /// Reads a value from a text that holds exactly one.
  ///
  /// It refuses text after the value, duplicate names in an object, bytes that are not UTF-8, lone surrogates, numbers
  /// out of range, and nesting beyond `maximumDepth`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], text: JSONTextRule = .any
  ) throws(JSONError) -> Value {
    let document = try JSONDocument(bytes, text: text)
    do {
      return try document.decode(type, at: 0)
    } catch {
      throw JSONError(wrapping: error)
    }
  }
}

/// The strings and names that the decoder accepts.
package enum JSONTextRule: Sendable {
  /// Every string of RFC 8259.
  case any
  /// Only strings that a database can store: U+0000 fails with ``JSONError/Kind/invalid``.
  ///
  /// PostgreSQL's `text` and `jsonb` have no such character: one document with it makes a cast of the whole column fail
  /// (manual, "JSON Types").
  case storable
}

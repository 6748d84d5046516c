/// The URL-safe alphabet without padding (RFC 4648, section 5; RFC 7515, appendix C): tokens, keys, cursors.
///
/// Decoding is strict: one text for every byte string, so a token cannot be respelled.
package enum Base64URL {
  private static let alphabet = Base64Alphabet(lastTwo: "-_", isPadded: false)

  /// The text, without `=`.
  package static func encode(_ bytes: [UInt8]) -> String { alphabet.encode(bytes) }

  /// The bytes, or nil when the text is not exactly what ``encode(_:)`` would give for some bytes.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? { alphabet.decode(text.utf8) }

  /// The same for text that is at hand as bytes.
  package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? { alphabet.decode(text) }
}

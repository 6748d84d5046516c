/// Base64 with padding (RFC 4648, section 4). Decoding is strict: one text for every byte string.
package enum Base64 {
  private static let padded = Base64Alphabet(lastTwo: "+/", isPadded: true)
  private static let unpadded = Base64Alphabet(lastTwo: "+/", isPadded: false)

  /// The text, padded with `=` to a multiple of four characters.
  package static func encode(_ bytes: [UInt8]) -> String { padded.encode(bytes) }

  /// The bytes, or nil when the text is not exactly what ``encode(_:)`` would give for some bytes.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? { padded.decode(text.utf8) }

  /// The text without padding, as PHC strings have it.
  package static func encodeUnpadded(_ bytes: [UInt8]) -> String { unpadded.encode(bytes) }

  /// Reads what ``encodeUnpadded(_:)`` writes, and nothing else.
  package static func decodeUnpadded(_ text: some StringProtocol) -> [UInt8]? { unpadded.decode(text.utf8) }
}

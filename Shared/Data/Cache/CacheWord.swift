/// A word of the cache's protocol: a name, a pattern, an argument. It is bytes, because the server compares bytes.
///
/// Swift compares text by canonical equivalence, and a combining mark belongs to the character before it. As text, two
/// names of a server could be equal, and a name could swallow the space before it. A word becomes text to be shown
/// alone, as ASCII.
package struct CacheWord: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible
{
  /// The word as the server stores it.
  package let bytes: [UInt8]

  /// Creates a word of these bytes.
  package init(bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  /// Creates a word from text.
  package init(_ text: some StringProtocol) {
    bytes = Array(text.utf8)
  }

  /// Creates a word from text.
  package init(stringLiteral text: String) {
    self.init(text)
  }

  /// The order of the bytes.
  package static func < (one: CacheWord, other: CacheWord) -> Bool {
    one.bytes.lexicographicallyPrecedes(other.bytes)
  }

  /// The text of the word where it is UTF-8.
  package var text: String? { String(validating: bytes, as: UTF8.self) }

  /// The word in ASCII, with `\xff` for a byte that is not printable and `\\` for a backslash, so that no two words look
  /// the same.
  package var description: String { Self.escaped(bytes, also: [Self.backslash]) }

  /// The word as a client of the server takes it in a line: in quotation marks where it needs them.
  package var quoted: String {
    guard bytes.isEmpty || bytes.contains(where: Self.needsQuotes) else { return description }
    return "\"\(Self.escaped(bytes, also: [Self.backslash, Self.quote]))\""
  }

  /// Returns the words of a line that was made of ``quoted`` words. Other escapes than those of such a line are not read.
  package static func words(ofLine line: String) -> [CacheWord] {
    var words: [CacheWord] = []
    var rest = Array(line.utf8)[...]
    while true {
      rest = rest.drop { $0 == space }
      guard let first = rest.first else { return words }
      if first == quote {
        rest.removeFirst()
        words.append(CacheWord(bytes: takeQuoted(&rest)))
      } else {
        let word = rest.prefix { $0 != space }
        rest = rest.dropFirst(word.count)
        words.append(CacheWord(bytes: word))
      }
    }
  }

  private static let backslash = UInt8(ascii: "\\")
  private static let quote = UInt8(ascii: "\"")
  private static let apostrophe = UInt8(ascii: "'")
  private static let space = UInt8(ascii: " ")
  private static let hexadecimal = 16

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    !(0x21...0x7E).contains(byte) || byte == quote || byte == apostrophe || byte == backslash
  }

  private static func escaped(_ bytes: [UInt8], also special: [UInt8]) -> String {
    bytes.reduce(into: "") { text, byte in
      if (0x20...0x7E).contains(byte) {
        if special.contains(byte) { text += "\\" }
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += byte < hexadecimal ? #"\x0"# : #"\x"#
        text += String(byte, radix: hexadecimal)
      }
    }
  }

  private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    var word: [UInt8] = []
    while let byte = rest.popFirst(), byte != quote {
      guard byte == backslash, let next = rest.popFirst() else {
        word.append(byte)
        continue
      }
      guard next == UInt8(ascii: "x") else {
        word.append(next)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      rest = rest.dropFirst(2)
      if let value = UInt8(digits, radix: hexadecimal) { word.append(value) }
    }
    return word
  }
}

extension CacheConnection {
  /// Runs one command of these words.
  package func command(_ words: [CacheWord]) async throws(CacheError) -> RESPValue {
    try await command(words.map(\.bytes))
  }
}

extension RESPValue {
  /// The bytes of a byte string or a status as a word.
  package var word: CacheWord? { byteString.map(CacheWord.init(bytes:)) }
}

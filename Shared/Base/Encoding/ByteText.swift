/// A client's text as the key of a table, equal only to a text of the same bytes.
///
/// Swift compares and hashes strings by their canonical form, which costs the square of a run of combining marks: a few
/// kilobytes of them hold a loop for seconds. HTTP and JSON compare names by their bytes (RFC 8259, section 8.3).
package struct ByteText: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The text.
  package let text: String

  /// A key.
  package init(_ text: String) { self.text = text }

  /// A key in the program.
  package init(stringLiteral value: String) { text = value }

  /// Compares the bytes.
  package static func == (left: ByteText, right: ByteText) -> Bool { left.text.isSame(as: right.text) }

  /// Hashes the bytes.
  package func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// Comparisons by bytes, whose cost grows with the text and no faster. A client's text is compared with nothing else before
/// its length has a small bound.
extension StringProtocol {
  /// Whether both texts have the same bytes.
  package func isSame(as other: String) -> Bool {
    utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
  }

  /// Whether both texts have the same bytes, but for the case of ASCII letters.
  package func isSameIgnoringCase(as other: String) -> Bool {
    utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.inLowerCase == $1.inLowerCase }
  }

  /// Whether the text begins with these bytes.
  package func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

  /// Whether the text ends with these bytes.
  package func ends(with suffix: String) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }
}

extension Sequence<String> {
  /// Whether one of the texts has the same bytes.
  package func has(_ text: String) -> Bool { contains { $0.isSame(as: text) } }
}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
  /// The case whose raw value has the bytes of a client's text.
  package init?(bytesOf text: String) {
    guard let found = Self.allCases.first(where: { $0.rawValue.isSame(as: text) }) else { return nil }
    self = found
  }
}

extension UInt8 {
  /// Whether it is a space or a tab, HTTP's optional whitespace (RFC 9110, section 5.6.3).
  package var isBlank: Bool { self == 0x20 || self == 0x09 }

  fileprivate var inLowerCase: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}

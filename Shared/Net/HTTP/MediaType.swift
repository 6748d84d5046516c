import Encoding

/// A media type with its parameters (RFC 9110, section 8.3.1): `application/json; charset="utf-8"`.
package struct MediaType: Sendable, Hashable {
  /// In lower case.
  package let type: String
  /// In lower case.
  package let subtype: String
  /// Names in lower case, and values without their quotes.
  package let parameters: [Parameter]

  /// One parameter.
  package struct Parameter: Sendable, Hashable {
    /// In lower case.
    package let name: String
    /// Without quotes and escapes; its case is kept.
    package let value: String
  }

  /// More parameters than any media type has.
  package static let maximumParameters = 16

  /// Parses the value of a Content-Type field; nil for a text outside the grammar, or with a parameter twice or more than
  /// ``maximumParameters``.
  package init?(_ text: String) {
    var reader = Reader(bytes: Array(text.utf8))
    guard let type = reader.token(), reader.take(UInt8(ascii: "/")), let subtype = reader.token() else {
      return nil
    }
    var parameters: [Parameter] = []
    while !reader.isAtEnd {
      reader.skipWhitespace()
      if reader.isAtEnd { break }
      guard reader.take(UInt8(ascii: ";")) else { return nil }
      reader.skipWhitespace()
      // The grammar permits `;` without a parameter.
      guard let name = reader.token() else { continue }
      guard reader.take(UInt8(ascii: "=")), let value = reader.token() ?? reader.quoted() else { return nil }
      let parameter = Parameter(name: name.lowercased(), value: value)
      guard parameters.count < Self.maximumParameters,
        !parameters.contains(where: { $0.name.isSame(as: parameter.name) })
      else { return nil }
      parameters.append(parameter)
    }
    self.type = type.lowercased()
    self.subtype = subtype.lowercased()
    self.parameters = parameters
  }

  /// The value of a parameter, by its name in lower case.
  package subscript(_ name: String) -> String? { parameters.first { $0.name.isSame(as: name) }?.value }
}

/// Reads the parts of a field's value.
private struct Reader {
  let bytes: [UInt8]
  private var index = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { index == bytes.count }

  mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  mutating func skipWhitespace() {
    while index < bytes.count, bytes[index].isBlank { index += 1 }
  }

  /// One or more token characters.
  mutating func token() -> String? {
    let start = index
    while index < bytes.count, CharacterClass.isToken(bytes[index]) { index += 1 }
    return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
  }

  /// A quoted string (RFC 9110, section 5.6.4).
  mutating func quoted() -> String? {
    guard take(UInt8(ascii: "\"")) else { return nil }
    var text: [UInt8] = []
    while index < bytes.count {
      var byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        guard index < bytes.count else { return nil }
        byte = bytes[index]
        index += 1
      }
      text.append(byte)
    }
    return nil
  }
}

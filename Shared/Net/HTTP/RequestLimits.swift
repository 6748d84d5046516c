/// The largest request that a parser accepts. Each limit has its own error status.
package struct RequestLimits: Sendable, Hashable {
  /// The length of the request line in bytes, without its line ending. A longer one gives 414.
  package var requestLineBytes: Int
  /// The length of all fields together, with line endings. More bytes give 431.
  package var headerBytes: Int
  /// The number of fields. More fields give 431.
  package var headerCount: Int
  /// The length of the body without its framing. A longer body gives 413.
  package var bodyBytes: Int

  /// The most empty lines that may precede a request line (RFC 9112, section 2.2).
  static let leadingEmptyLines = 2
  /// The length of all chunk extensions of a body. The parser ignores them (RFC 9112, section 7.1.1).
  static let chunkExtensionBytes = 4096
  /// The number of hexadecimal digits of one chunk's size.
  static let chunkSizeDigits = 8

  /// Limits whose defaults suit an API of small JSON documents.
  package init(
    requestLineBytes: Int = 8192, headerBytes: Int = 16384, headerCount: Int = 100, bodyBytes: Int = 1 << 20
  ) {
    self.requestLineBytes = requestLineBytes
    self.headerBytes = headerBytes
    self.headerCount = headerCount
    self.bodyBytes = bodyBytes
  }

  /// The longest head that the limits permit.
  var headCeiling: Int { requestLineBytes + headerBytes + 2 * (Self.leadingEmptyLines + 2) }
}

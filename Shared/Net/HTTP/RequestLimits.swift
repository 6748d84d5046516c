/// How large a request may be. Whatever comes from outside has a limit, and every limit has an answer of its
/// own.
package struct RequestLimits: Sendable, Hashable {
  /// Method, target and version, in bytes, without the line's end: longer gives 414.
  package var requestLineBytes: Int
  /// All fields together, line ends included: more gives 431.
  package var headerBytes: Int
  /// How many fields: more gives 431.
  package var headerCount: Int
  /// The body without its framing: longer gives 413.
  package var bodyBytes: Int

  /// How many empty lines before a request line are forgiven (RFC 9112, section 2.2).
  static let leadingEmptyLines = 2
  /// Chunk extensions of a whole body, in bytes; they mean nothing to us (RFC 9112, section 7.1.1).
  static let chunkExtensionBytes = 4096
  /// The hexadecimal digits of one chunk's size.
  static let chunkSizeDigits = 8

  /// The defaults suit an API of small JSON documents.
  package init(
    requestLineBytes: Int = 8192, headerBytes: Int = 16384, headerCount: Int = 100, bodyBytes: Int = 1 << 20
  ) {
    self.requestLineBytes = requestLineBytes
    self.headerBytes = headerBytes
    self.headerCount = headerCount
    self.bodyBytes = bodyBytes
  }

  /// No head that is within the limits is longer than this.
  var headCeiling: Int { requestLineBytes + headerBytes + 2 * (Self.leadingEmptyLines + 2) }
}

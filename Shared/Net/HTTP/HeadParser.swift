import Encoding
import Glibc

/// The content of a request's head, without its fields.
struct HeadParts: Sendable {
  let method: Method
  let version: Version
  let target: RequestTarget
  let keepAlive: Bool
  let framing: BodyFraming
  let expectsContinue: Bool
}

/// Parses a head line by line, and resumes where it stopped.
///
/// It validates a line only after its line feed. The result therefore depends on the bytes alone, not on how they were
/// split into reads. It scans no byte twice.
struct HeadParser: Sendable {
  private enum Expected: Sendable {
    case requestLine(emptyLines: Int)
    case fields(RequestLine, from: Int)
  }

  private struct RequestLine: Sendable {
    let method: Method
    let version: Version
    let target: RequestTarget
  }

  private let limits: RequestLimits
  private var expected = Expected.requestLine(emptyLines: 0)
  private var lineStart = 0
  private var scanned = 0
  private var framingFields = FramingFields()
  private var fields: [Headers.Field] = []

  /// Enough for browsers and command line clients. More fields cost one reallocation.
  private static let usualFieldCount = 16

  init(limits: RequestLimits) {
    self.limits = limits
  }

  /// Continues parsing. `bytes` is the head from its first byte, with new bytes at its end.
  ///
  /// - Returns: The parts and the length of the head with its empty line, or nil while the head is incomplete.
  mutating func advance(
    over bytes: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) -> (parts: HeadParts, length: Int)? {
    guard let base = bytes.baseAddress else { return nil }
    while let found = memchr(base + scanned, 0x0A, bytes.count - scanned) {
      let lineFeed = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      try checkLength(upTo: lineFeed - 1)
      guard lineFeed > lineStart, bytes[lineFeed &- 1] == 0x0D else { throw .bareLineFeed }
      let line = lineStart..<(lineFeed &- 1)
      lineStart = lineFeed + 1
      scanned = lineStart
      if let parts = try read(line, of: bytes) { return (parts, lineStart) }
    }
    scanned = bytes.count
    // The last byte may be the CR of a line of exactly the limit.
    try checkLength(upTo: bytes.count - 1)
    return nil
  }

  /// Moves the fields to the caller once the head is complete.
  mutating func takeFields() -> [Headers.Field] {
    var taken: [Headers.Field] = []
    swap(&taken, &fields)
    return taken
  }

  /// Whether no byte of a request has arrived yet, apart from empty lines.
  var isUntouched: Bool {
    guard case .requestLine = expected else { return false }
    return lineStart == scanned
  }

  private func checkLength(upTo end: Int) throws(ParseError) {
    switch expected {
    case .requestLine:
      guard end - lineStart <= limits.requestLineBytes else { throw .requestLineTooLong }
    case .fields(_, let start):
      guard end - start <= limits.headerBytes else { throw .fieldsTooLarge }
    }
  }

  private mutating func read(
    _ line: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) -> HeadParts? {
    switch expected {
    case .requestLine(let emptyLines):
      if line.isEmpty {
        guard emptyLines < RequestLimits.leadingEmptyLines else { throw .tooManyEmptyLines }
        expected = .requestLine(emptyLines: emptyLines + 1)
      } else {
        expected = .fields(try Self.requestLine(line, of: bytes), from: lineStart)
        fields.reserveCapacity(Self.usualFieldCount)
      }
      return nil
    case .fields where !line.isEmpty:
      try readField(line, of: bytes)
      return nil
    case .fields(let requestLine, _):
      return try finish(requestLine)
    }
  }

  private func finish(_ line: RequestLine) throws(ParseError) -> HeadParts {
    HeadParts(
      method: line.method, version: line.version, target: line.target,
      keepAlive: framingFields.keepsAlive(version: line.version),
      framing: try framingFields.framing(version: line.version, limits: limits),
      expectsContinue: framingFields.expectsContinue && line.version == .http11)
  }
}

extension HeadParser {
  /// Parses `method SP request-target SP HTTP-version`, with exactly these two spaces (RFC 9112, section 3).
  private static func requestLine(
    _ range: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) -> RequestLine {
    let line = bytes.part(range)
    var methodEnd = 0
    while methodEnd < line.count, CharacterClass.isToken(line[methodEnd]) { methodEnd &+= 1 }
    guard methodEnd > 0, methodEnd < line.count, line[methodEnd] == 0x20 else { throw .malformedRequestLine }
    let versionStart = line.count - versionLength
    guard versionStart > methodEnd + 2, line[versionStart - 1] == 0x20 else { throw .malformedRequestLine }
    let version = try version(line.part(versionStart..<line.count))
    let method = Method(token: line.part(0..<methodEnd))
    guard method.isKnown || !method.rawValue.isSame(as: "CONNECT") else { throw .connectNotSupported }
    let span = ByteSpan(start: range.lowerBound + methodEnd + 1, count: versionStart - methodEnd - 2)
    return RequestLine(
      method: method, version: version, target: try RequestTarget(bytes, at: span, method: method))
  }

  /// The length of `HTTP/1.1`.
  private static let versionLength = 8

  private static func version(_ bytes: UnsafeBufferPointer<UInt8>) throws(ParseError) -> Version {
    guard bytes.begins(with: "HTTP/"), CharacterClass.isDigit(bytes[5]), bytes[6] == UInt8(ascii: "."),
      CharacterClass.isDigit(bytes[7])
    else { throw .malformedRequestLine }
    guard bytes[5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
    return bytes[7] == UInt8(ascii: "0") ? .http10 : .http11
  }

  /// Parses `field-name ":" OWS field-value OWS`, without a space before the colon or continuation lines.
  private mutating func readField(
    _ range: Range<Int>, of bytes: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) {
    let line = bytes.part(range)
    guard fields.count < limits.headerCount else { throw .tooManyFields }
    let field = try FieldLine(line)
    try framingFields.note(name: line.part(field.name), value: line.part(field.value))
    fields.append(
      Headers.Field(
        name: ByteSpan(start: range.lowerBound + field.name.lowerBound, count: field.name.count),
        value: ByteSpan(start: range.lowerBound + field.value.lowerBound, count: field.value.count)))
  }
}

/// The positions of a field's name and value within its line.
struct FieldLine {
  let name: Range<Int>
  let value: Range<Int>

  /// Parses a line without its line ending.
  @inline(__always)
  init(_ line: UnsafeBufferPointer<UInt8>) throws(ParseError) {
    var colon = 0
    while colon < line.count, CharacterClass.isToken(line[colon]) { colon &+= 1 }
    guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else {
      throw line.first == 0x20 || line.first == 0x09 ? .foldedField : .malformedField
    }
    var start = colon &+ 1
    var end = line.count
    while start < end, line[start] == 0x20 || line[start] == 0x09 { start &+= 1 }
    while end > start, line[end &- 1] == 0x20 || line[end &- 1] == 0x09 { end &-= 1 }
    guard CharacterClass.areFieldValue(line.part(start..<end)) else { throw .malformedField }
    name = 0..<colon
    value = start..<end
  }
}

/// Decodes a chunked body from input split at any position (RFC 9112, section 7.1).
///
/// It validates and drops chunk extensions. Trailer fields stay apart from the header fields: a trailer that became a
/// header field would bypass the checks that have already run on those (RFC 9110, section 6.5.1).
struct ChunkedBody: Sendable {
  private enum State: Sendable {
    case size(value: Int, digits: Int)
    case sizeExtension(value: Int)
    case sizeLineFeed(value: Int)
    case data(remaining: Int)
    case dataReturn
    case dataLineFeed
    case trailerStart
    case trailer
    case trailerLineFeed
    case lastLineFeed
    case done
  }

  private var state = State.size(value: 0, digits: 0)
  /// The decoded bytes.
  var content = BodyBuffer()
  private var extensionBytes = 0
  private var trailerBytes = 0
  private var trailerLine: [UInt8] = []
  /// The fields after the last chunk.
  private(set) var trailers = Headers()
  private let limits: RequestLimits

  init(limits: RequestLimits) {
    self.limits = limits
  }

  var isDone: Bool {
    if case .done = state { return true }
    return false
  }

  /// Decodes bytes into ``content``.
  ///
  /// - Returns: How many bytes it consumed. It is fewer than given only when the body is complete.
  mutating func advance(over bytes: UnsafeBufferPointer<UInt8>) throws(ParseError) -> Int {
    var index = 0
    while index < bytes.count, !isDone {
      if case .data(let remaining) = state {
        let count = min(remaining, bytes.count - index)
        content.append(bytes.part(index..<(index + count)))
        state = count == remaining ? .dataReturn : .data(remaining: remaining - count)
        index += count
      } else {
        try step(bytes[index])
        index += 1
      }
    }
    return index
  }

  private mutating func step(_ byte: UInt8) throws(ParseError) {
    switch state {
    case .size(let value, let digits): try stepSize(byte, value, digits)
    case .sizeExtension(let value): try stepExtension(byte, value)
    case .sizeLineFeed(let value):
      try expect(byte, 0x0A)
      guard content.length + value <= limits.bodyBytes else { throw .bodyTooLarge }
      state = value == 0 ? .trailerStart : .data(remaining: value)
    case .dataReturn:
      try expect(byte, 0x0D)
      state = .dataLineFeed
    case .dataLineFeed:
      try expect(byte, 0x0A)
      state = .size(value: 0, digits: 0)
    case .trailerStart, .trailer, .trailerLineFeed, .lastLineFeed: try stepTrailer(byte)
    case .data, .done: break
    }
  }

  private mutating func stepSize(_ byte: UInt8, _ value: Int, _ digits: Int) throws(ParseError) {
    if let digit = CharacterClass.hexValue(byte) {
      guard digits < RequestLimits.chunkSizeDigits else { throw .malformedChunk }
      state = .size(value: value << 4 | Int(digit), digits: digits + 1)
      return
    }
    guard digits > 0 else { throw .malformedChunk }
    switch byte {
    case 0x0D: state = .sizeLineFeed(value: value)
    case UInt8(ascii: ";"): state = .sizeExtension(value: value)
    default: throw .malformedChunk
    }
  }

  private mutating func stepExtension(_ byte: UInt8, _ value: Int) throws(ParseError) {
    if byte == 0x0D {
      state = .sizeLineFeed(value: value)
      return
    }
    extensionBytes += 1
    guard CharacterClass.isFieldValue(byte), extensionBytes <= RequestLimits.chunkExtensionBytes else {
      throw .malformedChunk
    }
  }

  private mutating func stepTrailer(_ byte: UInt8) throws(ParseError) {
    trailerBytes += 1
    guard trailerBytes <= limits.headerBytes else { throw .fieldsTooLarge }
    switch state {
    case .trailerStart where byte == 0x0D: state = .lastLineFeed
    case .trailerStart:
      guard CharacterClass.isToken(byte) else { throw .malformedField }
      trailerLine.append(byte)
      state = .trailer
    case .trailer where byte == 0x0D: state = .trailerLineFeed
    case .trailer:
      guard CharacterClass.isFieldValue(byte) else { throw .malformedField }
      trailerLine.append(byte)
    case .trailerLineFeed:
      try expect(byte, 0x0A)
      try endTrailer()
      state = .trailerStart
    case .lastLineFeed:
      try expect(byte, 0x0A)
      state = .done
    case .size, .sizeExtension, .sizeLineFeed, .data, .dataReturn, .dataLineFeed, .done: break
    }
  }

  private mutating func endTrailer() throws(ParseError) {
    guard trailers.count < limits.headerCount else { throw .tooManyFields }
    let (name, value) = try trailerLine.withUnsafeBufferPointer { (line) throws(ParseError) in
      let field = try FieldLine(line)
      return (
        String(decoding: line.part(field.name), as: UTF8.self),
        String(decoding: line.part(field.value), as: UTF8.self)
      )
    }
    trailers.append(name, value)
    trailerLine.removeAll()
  }

  private func expect(_ byte: UInt8, _ wanted: UInt8) throws(ParseError) {
    guard byte == wanted else { throw .malformedChunk }
  }
}

/// How the body of a request is delimited (RFC 9112, section 6.3).
enum BodyFraming: Sendable, Hashable {
  case sized(Int)
  case chunked
}

/// The framing information of a head, collected field by field.
///
/// Each rule here prevents request smuggling: two readers that disagree about where a request ends.
struct FramingFields: Sendable {
  private var contentLength: Int?
  private var isChunked = false
  private var hosts = 0
  private var wantsClose = false
  private var wantsKeepAlive = false
  private(set) var expectsContinue = false

  /// Records one field. The switch on the name's length skips nearly all fields without framing information.
  @inline(__always)
  mutating func note(
    name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) {
    switch name.count {
    case 4 where CharacterClass.equalIgnoringCase(name, "host"): try noteHost(value)
    case 6 where CharacterClass.equalIgnoringCase(name, "expect"): try noteExpectation(value)
    case 10 where CharacterClass.equalIgnoringCase(name, "connection"): noteConnection(value)
    case 14 where CharacterClass.equalIgnoringCase(name, "content-length"): try noteLength(value)
    case 17 where CharacterClass.equalIgnoringCase(name, "transfer-encoding"): try noteCoding(value)
    default: break
    }
  }

  /// The framing of a request, once all fields are recorded.
  func framing(version: Version, limits: RequestLimits) throws(ParseError) -> BodyFraming {
    if hosts == 0, version == .http11 { throw .missingHost }
    guard isChunked else {
      let length = contentLength ?? 0
      guard length <= limits.bodyBytes else { throw .bodyTooLarge }
      return .sized(length)
    }
    if version == .http10 { throw .transferEncodingBeforeHTTP11 }
    if contentLength != nil { throw .contentLengthWithTransferEncoding }
    return .chunked
  }

  /// The framing of a response; nil when its body extends to the end of the connection.
  func responseFraming(limits: RequestLimits) throws(ParseError) -> BodyFraming? {
    if isChunked {
      guard contentLength == nil else { throw .contentLengthWithTransferEncoding }
      return .chunked
    }
    guard let contentLength else { return nil }
    guard contentLength <= limits.bodyBytes else { throw .bodyTooLarge }
    return .sized(contentLength)
  }

  /// Whether the connection stays open: `close` has precedence, then `keep-alive`, then the version's default.
  func keepsAlive(version: Version) -> Bool {
    if wantsClose { return false }
    return wantsKeepAlive || version.keepsAliveByDefault
  }
}

extension FramingFields {
  private mutating func noteHost(_ value: UnsafeBufferPointer<UInt8>) throws(ParseError) {
    guard hosts == 0 else { throw .duplicateHost }
    hosts = 1
    // An empty value is that of a target without an authority (RFC 9112, section 3.2).
    guard value.isEmpty || Authority.isValid(value) else { throw .invalidHost }
  }

  private mutating func noteLength(_ value: UnsafeBufferPointer<UInt8>) throws(ParseError) {
    guard !value.isEmpty else { throw .invalidContentLength }
    var length = 0
    for byte in value {
      guard CharacterClass.isDigit(byte) else { throw .invalidContentLength }
      let (product, overflowed) = length.multipliedReportingOverflow(by: 10)
      // A number beyond Int exceeds every limit, so it saturates and the limit's check refuses it.
      length = overflowed || product > Int.max - 9 ? Int.max - 9 : product + Int(byte &- 0x30)
    }
    if let earlier = contentLength, earlier != length { throw .conflictingContentLength }
    contentLength = length
  }

  private mutating func noteCoding(_ value: UnsafeBufferPointer<UInt8>) throws(ParseError) {
    guard CharacterClass.equalIgnoringCase(value, "chunked") else { throw .unsupportedTransferCoding }
    guard !isChunked else { throw .repeatedChunkedCoding }
    isChunked = true
  }

  private mutating func noteExpectation(_ value: UnsafeBufferPointer<UInt8>) throws(ParseError) {
    guard CharacterClass.equalIgnoringCase(value, "100-continue") else { throw .unknownExpectation }
    expectsContinue = true
  }

  private mutating func noteConnection(_ value: UnsafeBufferPointer<UInt8>) {
    for option in value.split(separator: UInt8(ascii: ",")) {
      let option = UnsafeBufferPointer(rebasing: option).trimmingWhitespace()
      if CharacterClass.equalIgnoringCase(option, "close") { wantsClose = true }
      if CharacterClass.equalIgnoringCase(option, "keep-alive") { wantsKeepAlive = true }
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The bytes without leading and trailing optional whitespace, which is space and tab (RFC 9110, section 5.6.3).
  @inline(__always)
  func trimmingWhitespace() -> UnsafeBufferPointer<UInt8> {
    var start = 0
    var end = count
    while start < end, self[start] == 0x20 || self[start] == 0x09 { start &+= 1 }
    while end > start, self[end &- 1] == 0x20 || self[end &- 1] == 0x09 { end &-= 1 }
    return part(start..<end)
  }
}

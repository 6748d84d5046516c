/// The status line and the fields of a response.
struct ResponseHead: Sendable {
  let status: Status
  let headers: Headers
  /// The framing of the body; nil when it extends to the end of the connection.
  let framing: BodyFraming?

  /// The length of `HTTP/1.1 200`.
  private static let statusLineBytes = 12

  /// Parses a complete head with its empty line.
  init(_ head: UnsafeBufferPointer<UInt8>, limits: RequestLimits) throws(ParseError) {
    var fields = Headers()
    var framing = FramingFields()
    var status: Status?
    var start = 0
    while start < head.count {
      guard let lineFeed = head[start...].firstIndex(of: 0x0A), lineFeed > start, head[lineFeed - 1] == 0x0D
      else { throw .bareLineFeed }
      let line = head.part(start..<(lineFeed - 1))
      start = lineFeed + 1
      if line.isEmpty { break }
      guard status != nil else {
        status = try Self.status(line)
        continue
      }
      guard fields.count < limits.headerCount else { throw .tooManyFields }
      let field = try FieldLine(line)
      let (name, value) = (line.part(field.name), line.part(field.value))
      if !CharacterClass.equalIgnoringCase(name, "expect") { try framing.note(name: name, value: value) }
      fields.append(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
    guard let status else { throw .malformedStatusLine }
    self.status = status
    headers = fields
    self.framing = try framing.responseFraming(limits: limits)
  }

  private static func status(_ line: UnsafeBufferPointer<UInt8>) throws(ParseError) -> Status {
    let space = UInt8(ascii: " ")
    guard line.count >= statusLineBytes, line.starts(with: "HTTP/1.".utf8), line[8] == space,
      line.count == statusLineBytes || line[statusLineBytes] == space
    else { throw .malformedStatusLine }
    var code = 0
    for byte in line[9..<statusLineBytes] {
      guard (0x30...0x39).contains(byte) else { throw .malformedStatusLine }
      code = code * 10 + Int(byte - 0x30)
    }
    guard (100..<600).contains(code) else { throw .malformedStatusLine }
    return Status(code: code, reason: String(decoding: line.dropFirst(statusLineBytes + 1), as: UTF8.self))
  }
}

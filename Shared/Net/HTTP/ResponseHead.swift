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
    let text = String(decoding: line, as: UTF8.self)
    guard line.count >= statusLineBytes, text.hasPrefix("HTTP/1."),
      let code = Int(text.dropFirst(9).prefix(3)),
      (100..<600).contains(code)
    else { throw .malformedStatusLine }
    return Status(code: code, reason: String(text.dropFirst(statusLineBytes + 1)))
  }
}

/// Writes responses as bytes (RFC 9112). One per loop: it keeps the date line ready, and with it the
/// beginning of every answer that succeeds.
public struct ResponseSerializer: Sendable {
  /// What of the request and of the connection decides about the form of the answer.
  public struct Framing: Sendable, Hashable {
    /// The answer to HEAD has the fields of the answer to GET and no body.
    public var isHead: Bool
    /// What the client speaks: to HTTP/1.0 a connection that stays open must be announced.
    public var version: Version
    /// Whether the connection stays open after this answer.
    public var keepAlive: Bool

    /// The framing of an answer to GET on a connection that stays open, unless said otherwise.
    public init(isHead: Bool = false, version: Version = .http11, keepAlive: Bool = true) {
      self.isHead = isHead
      self.version = version
      self.keepAlive = keepAlive
    }

    /// The framing that a request asks for; the server may turn `keepAlive` off.
    public init(answering request: Request) {
      self.init(isHead: request.method == .head, version: request.version, keepAlive: request.keepAlive)
    }
  }

  private var second = Int64.min
  private var dateLine: [UInt8] = []
  private var okHead: [UInt8] = []

  /// A serializer whose answers bear that time until `setDate` is called.
  public init(secondsSinceEpoch: Int64) {
    setDate(secondsSinceEpoch: secondsSinceEpoch)
  }

  /// Sets the time that the Date field tells. Call it as often as you like: the same second costs nothing.
  public mutating func setDate(secondsSinceEpoch: Int64) {
    guard secondsSinceEpoch != second else { return }
    second = secondsSinceEpoch
    dateLine = Array("Date: \(HTTPDate(secondsSinceEpoch: secondsSinceEpoch))\r\n".utf8)
    okHead = Array("HTTP/1.1 200 OK\r\n".utf8) + dateLine
  }

  /// Appends a whole response.
  public func append(_ response: Response, _ framing: Framing, to output: inout [UInt8]) {
    appendStatusLine(response.status, to: &output)
    response.headers.append(to: &output)
    if !response.status.forbidsBody {
      output.append("Content-Length: ")
      output.append(decimal: response.body.count)
      output.append("\r\n")
    }
    switch (framing.keepAlive, framing.version) {
    case (true, .http11): break
    case (true, .http10): output.append("Connection: keep-alive\r\n")
    case (false, _): output.append("Connection: close\r\n")
    }
    output.append("\r\n")
    if !framing.isHead, !response.status.forbidsBody { output.append(contentsOf: response.body) }
  }

  /// Tells the client to send the body it announced with `Expect: 100-continue`.
  public static func appendContinue(to output: inout [UInt8]) {
    output.append("HTTP/1.1 100 Continue\r\n\r\n")
  }

  private func appendStatusLine(_ status: Status, to output: inout [UInt8]) {
    guard status.code != 200 else {
      output.append(contentsOf: okHead)
      return
    }
    output.append("HTTP/1.1 ")
    output.append(decimal: status.code)
    output.append(" ")
    for byte in status.reason.utf8 { output.append(CharacterClass.isFieldValue(byte) ? byte : 0x20) }
    output.append("\r\n")
    output.append(contentsOf: dateLine)
  }
}

extension Headers {
  /// Appends the fields as lines, without those that are the serializer's to write.
  fileprivate func append(to output: inout [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      if isWireForm, !fields.contains(where: { Self.isFraming(bytes.part($0.name)) }) {
        output.append(contentsOf: bytes)
        return
      }
      for field in fields where !Self.isFraming(bytes.part(field.name)) {
        output.append(contentsOf: bytes.part(field.name))
        output.append(": ")
        output.append(contentsOf: bytes.part(field.value))
        output.append("\r\n")
      }
    }
  }

  /// Fields that tell how the message is delimited: two authors for them would be one too many.
  private static func isFraming(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    switch name.count {
    case 4: CharacterClass.equalIgnoringCase(name, "date")
    case 10: CharacterClass.equalIgnoringCase(name, "connection")
    case 14: CharacterClass.equalIgnoringCase(name, "content-length")
    case 17: CharacterClass.equalIgnoringCase(name, "transfer-encoding")
    default: false
    }
  }
}

extension [UInt8] {
  @inline(__always)
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a number that is not negative.
  fileprivate mutating func append(decimal value: Int) {
    var divisor = 1
    while value / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      append(0x30 &+ UInt8(truncatingIfNeeded: value / divisor % 10))
      divisor /= 10
    }
  }
}

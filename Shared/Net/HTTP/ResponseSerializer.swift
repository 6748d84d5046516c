/// Writes responses as bytes (RFC 9112). One per loop: it keeps the date line ready, and with it the
/// beginning of every answer that succeeds.
package struct ResponseSerializer: Sendable {
  /// What of the request and of the connection decides about the form of the answer.
  package struct Framing: Sendable, Hashable {
    /// The answer to HEAD has the fields of the answer to GET and no body.
    package var isHead: Bool
    /// What the client speaks: to HTTP/1.0 a connection that stays open must be announced.
    package var version: Version
    /// Whether the connection stays open after this answer.
    package var keepAlive: Bool

    /// The framing of an answer to GET on a connection that stays open, unless said otherwise.
    package init(isHead: Bool = false, version: Version = .http11, keepAlive: Bool = true) {
      self.isHead = isHead
      self.version = version
      self.keepAlive = keepAlive
    }

    /// The framing that a request asks for; the server may turn `keepAlive` off.
    package init(answering request: Request) {
      self.init(isHead: request.method == .head, version: request.version, keepAlive: request.keepAlive)
    }
  }

  private var second = Int64.min
  private var dateLine: [UInt8] = []
  private var okHead: [UInt8] = []

  /// A serializer whose answers bear that time until `setDate` is called.
  package init(secondsSinceEpoch: Int64) {
    setDate(secondsSinceEpoch: secondsSinceEpoch)
  }

  /// Sets the time that the Date field tells. Call it as often as you like: the same second costs nothing.
  package mutating func setDate(secondsSinceEpoch: Int64) {
    guard secondsSinceEpoch != second else { return }
    second = secondsSinceEpoch
    dateLine = Array("Date: \(HTTPDate(secondsSinceEpoch: secondsSinceEpoch))\r\n".utf8)
    okHead = Array("HTTP/1.1 200 OK\r\n".utf8) + dateLine
  }

  /// Appends a whole response.
  package func append(_ response: borrowing Response, _ framing: Framing, to output: inout [UInt8]) {
    appendStatusLine(response.status, to: &output)
    response.headers.append(to: &output, namesRequest: response.requestID != nil)
    if let requestID = response.requestID {
      output.append("X-Request-Id: ")
      output.append(fieldValue: requestID)
      output.append("\r\n")
    }
    if !response.status.forbidsBody {
      output.append("Content-Length: ")
      output.append(decimal: response.body.count)
      output.append("\r\n")
    }
    switch (framing.keepAlive, framing.version) {
    case (true, .http11): output.append("\r\n")
    case (true, .http10): output.append("Connection: keep-alive\r\n\r\n")
    case (false, _): output.append("Connection: close\r\n\r\n")
    }
    if framing.isHead || response.status.forbidsBody { return }
    response.body.withUnsafeBufferPointer { output.append(contentsOf: $0) }
  }

  /// Tells the client to send the body it announced with `Expect: 100-continue`.
  package static func appendContinue(to output: inout [UInt8]) {
    output.append("HTTP/1.1 100 Continue\r\n\r\n")
  }

  private func appendStatusLine(_ status: Status, to output: inout [UInt8]) {
    guard status.code != 200 else {
      return okHead.withUnsafeBufferPointer { output.append(contentsOf: $0) }
    }
    output.append("HTTP/1.1 ")
    output.append(decimal: status.code)
    output.append(" ")
    output.append(fieldValue: status.reason)
    output.append("\r\n")
    output.append(contentsOf: dateLine)
  }
}

extension ResponseSerializer {
  /// Whether a field of that name is written here: two authors for it would be one too many. `X-Request-Id` is so only
  /// where the response names its request.
  static func writes(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    isFraming(name) || isRequestID(name)
  }

  /// Fields that tell how the message is delimited.
  fileprivate static func isFraming(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    switch name.count {
    case 4: CharacterClass.equalIgnoringCase(name, "date")
    case 10: CharacterClass.equalIgnoringCase(name, "connection")
    case 14: CharacterClass.equalIgnoringCase(name, "content-length")
    case 17: CharacterClass.equalIgnoringCase(name, "transfer-encoding")
    default: false
    }
  }

  fileprivate static func isRequestID(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    name.count == 12 && CharacterClass.equalIgnoringCase(name, "x-request-id")
  }
}

extension Headers {
  /// Appends the fields as lines, without those that are the serializer's to write.
  fileprivate func append(to output: inout [UInt8], namesRequest: Bool) {
    bytes.withUnsafeBufferPointer { bytes in
      if isWireForm { return output.append(contentsOf: bytes) }
      for field in fields {
        let name = bytes.part(field.name)
        if ResponseSerializer.isFraming(name) { continue }
        if namesRequest, ResponseSerializer.isRequestID(name) { continue }
        output.append(contentsOf: name)
        output.append(": ")
        output.append(contentsOf: bytes.part(field.value))
        output.append("\r\n")
      }
    }
  }
}

extension [UInt8] {
  @inline(__always)
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// As in every field value, a byte that could end the line early becomes a space.
  fileprivate mutating func append(fieldValue: String) {
    var text = fieldValue
    text.withUTF8 { bytes in
      if bytes.allSatisfy(CharacterClass.isFieldValue) { return append(contentsOf: bytes) }
      for byte in bytes { append(CharacterClass.isFieldValue(byte) ? byte : 0x20) }
    }
  }

  /// Appends a number that is not negative.
  fileprivate mutating func append(decimal value: Int) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = digits.count
      var rest = value
      repeat {
        start -= 1
        digits[start] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
    }
  }
}

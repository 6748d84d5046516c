import Encoding

/// Writes responses as bytes (RFC 9112). Each loop has one. It caches the Date line and the start of every 200
/// response.
package final class ResponseSerializer {
  /// The properties of the request and the connection that determine the form of the response.
  package struct Framing: Sendable, Hashable {
    /// Whether the request was HEAD. Its response has the fields of the response to GET and no body.
    package var isHead: Bool
    /// The client's version. A response to HTTP/1.0 must announce that the connection stays open.
    package var version: Version
    /// Whether the connection stays open after this response.
    package var keepAlive: Bool

    /// The framing of a response, by default to GET on a connection that stays open.
    package init(isHead: Bool = false, version: Version = .http11, keepAlive: Bool = true) {
      self.isHead = isHead
      self.version = version
      self.keepAlive = keepAlive
    }

    /// The framing for a request. The server may turn `keepAlive` off.
    package init(answering request: borrowing Request) {
      self.init(isHead: request.method == .head, version: request.version, keepAlive: request.keepAlive)
    }
  }

  /// The media type of every response is the one that its field names (Fetch standard, section 3.6).
  private static let noSniffing = "X-Content-Type-Options: nosniff\r\n"

  private var second = Int64.min
  // Private, so that the compiler sees every access to them, and none has to be checked at run time.
  private var usualLines: [UInt8] = []
  private var okHead: [UInt8] = []

  /// A serializer with this time in the Date field until the next `setDate`.
  package init(secondsSinceEpoch: Int64) {
    setDate(secondsSinceEpoch: secondsSinceEpoch)
  }

  /// The fields of every response, as lines.
  package var dateLine: [UInt8] { usualLines }

  /// Sets the time of the Date field. A call with the current second costs nothing.
  package func setDate(secondsSinceEpoch: Int64) {
    guard secondsSinceEpoch != second else { return }
    second = secondsSinceEpoch
    usualLines = Array("Date: \(HTTPDate(secondsSinceEpoch: secondsSinceEpoch))\r\n\(Self.noSniffing)".utf8)
    okHead = Array("HTTP/1.1 200 OK\r\n".utf8) + usualLines
  }

  /// The most bytes of what a head has beside the response's own fields and texts, and the fields of every response.
  private static let maximumConstantBytes = 128

  /// Appends a complete response.
  package func append(_ response: borrowing Response, _ framing: Framing, to output: inout [UInt8]) {
    let hasBody = !framing.isHead && !response.status.forbidsBody
    let capacity =
      Self.maximumConstantBytes + usualLines.count + response.status.reason.utf8.count
      + response.headers.maximumLineBytes + (response.requestID?.utf8.count ?? 0)
      + (hasBody ? response.body.count : 0)
    output.append(upTo: capacity) { output in
      appendStatusLine(response.status, to: &output)
      response.headers.append(to: &output, namesRequest: response.requestID != nil)
      if let requestID = response.requestID {
        output.append("X-Request-Id: ")
        output.append(fieldValue: requestID)
        output.append("\r\n")
      }
      if !response.status.forbidsBody {
        output.append("Content-Length: ")
        output.append(decimal: UInt64(response.body.count))
        output.append("\r\n")
      }
      switch (framing.keepAlive, framing.version) {
      case (true, .http11): output.append("\r\n")
      case (true, .http10): output.append("Connection: keep-alive\r\n\r\n")
      case (false, _): output.append("Connection: close\r\n\r\n")
      }
      if hasBody { output.append(response.body) }
    }
  }

  /// Appends the response to `Expect: 100-continue`, which invites the client to send its body.
  package static func appendContinue(to output: inout [UInt8]) {
    output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
  }

  private func appendStatusLine(_ status: Status, to output: inout ByteWriter) {
    guard status.code != 200 else { return output.append(okHead) }
    output.append("HTTP/1.1 ")
    output.append(decimal: UInt64(status.code))
    output.append(" ")
    output.append(fieldValue: status.reason)
    output.append("\r\n")
    output.append(usualLines)
  }
}

extension ResponseSerializer {
  /// Whether the serializer may write a field with this name itself. It writes `X-Request-Id` only for a response with
  /// a request id.
  static func writes(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    isFraming(name) || isRequestID(name)
  }

  /// Whether the name is that of a framing field.
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
  /// The most bytes of the fields as lines: each has four beside its name and its value.
  fileprivate var maximumLineBytes: Int { bytes.count + 4 * fields.count }

  /// Appends the fields as lines, without those that the serializer writes.
  fileprivate func append(to output: inout ByteWriter, namesRequest: Bool) {
    bytes.withUnsafeBufferPointer { bytes in
      if isWireForm { return output.append(copying: bytes) }
      for field in fields {
        let name = bytes.part(field.name)
        if ResponseSerializer.isFraming(name) { continue }
        if namesRequest, ResponseSerializer.isRequestID(name) { continue }
        output.append(copying: name)
        output.append(": ")
        output.append(copying: bytes.part(field.value))
        output.append("\r\n")
      }
    }
  }
}

extension ByteWriter {
  /// Appends a field value, in which a byte that could end the line becomes a space.
  fileprivate mutating func append(fieldValue: String) {
    var text = fieldValue
    text.withUTF8 { bytes in
      if CharacterClass.areFieldValue(bytes) { return append(copying: bytes) }
      for byte in bytes { append(CharacterClass.isFieldValue(byte) ? byte : 0x20) }
    }
  }
}

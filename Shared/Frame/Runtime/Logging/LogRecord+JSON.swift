import Encoding
import Glibc
import JSON

extension LogRecord {
  /// Appends `{"ts":...,"level":...,"service":...,"message":...,"metadata":{...}}` and a newline; always valid JSON.
  func appendJSON(to output: inout [UInt8]) {
    output.append(contentsOf: #"{"ts":""#.utf8)
    output.append(contentsOf: time.rfc3339.utf8)
    output.append(contentsOf: #"","level":""#.utf8)
    output.append(contentsOf: level.rawValue.utf8)
    output.append(contentsOf: #"","service":"#.utf8)
    appendJSONString(service, to: &output)
    output.append(contentsOf: #","message":"#.utf8)
    appendJSONString(message, to: &output)
    if !metadata.isEmpty { appendMetadata(to: &output) }
    output.append(contentsOf: "}\n".utf8)
  }

  private func appendMetadata(to output: inout [UInt8]) {
    output.append(contentsOf: #","metadata":{"#.utf8)
    for (index, entry) in metadata.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      appendJSONString(entry.key, to: &output)
      output.append(UInt8(ascii: ":"))
      appendJSONString(entry.value, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }
}

/// Appends a JSON string (RFC 8259 section 7), with quotes, backslashes and control characters escaped.
func appendJSONString(_ text: String, to output: inout [UInt8]) {
  output.append(upTo: ByteWriter.maximumBytes(ofJSONString: text)) { $0.append(jsonString: text) }
}

extension ByteWriter {
  /// The most bytes of a JSON string: an escape has six.
  static func maximumBytes(ofJSONString text: String) -> Int { 2 + 6 * text.utf8.count }

  /// Appends a JSON string: at most ``maximumBytes(ofJSONString:)``.
  mutating func append(jsonString text: String) {
    append("\"")
    var text = text
    text.withUTF8 { bytes in
      if Self.hasSpecial(bytes) {
        for byte in bytes { append(escaped: byte) }
      } else {
        append(copying: bytes)
      }
    }
    append("\"")
  }

  /// Whether a byte of the text must be escaped. JSON allows DEL, but a terminal would obey it.
  @inline(__always)
  private static func hasSpecial(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let base = text.baseAddress else { return false }
    return EscapeSearch.firstSpecial(in: text, from: 0) < text.count || memchr(base, 0x7F, text.count) != nil
  }

  private mutating func append(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      append(UInt8(ascii: "\\"))
      append(byte)
    case 0x0A: append(#"\n"#)
    case 0..<0x20, 0x7F:
      append(#"\u00"#)
      append(Hex.digit(byte >> 4))
      append(Hex.digit(byte & 0x0F))
    default: append(byte)
    }
  }
}

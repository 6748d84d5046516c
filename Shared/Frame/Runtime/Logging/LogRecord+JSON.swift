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
  output.append(UInt8(ascii: "\""))
  var text = text
  text.withUTF8 { bytes in
    if bytes.contains(where: needsEscape) {
      for byte in bytes { appendEscaped(byte, to: &output) }
    } else {
      output.append(contentsOf: bytes)
    }
  }
  output.append(UInt8(ascii: "\""))
}

@inline(__always)
private func needsEscape(_ byte: UInt8) -> Bool {
  byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
}

private func appendEscaped(_ byte: UInt8, to output: inout [UInt8]) {
  switch byte {
  case UInt8(ascii: "\""), UInt8(ascii: "\\"):
    output.append(UInt8(ascii: "\\"))
    output.append(byte)
  case 0x0A: output.append(contentsOf: #"\n"#.utf8)
  case 0..<0x20, 0x7F:
    output.append(contentsOf: #"\u00"#.utf8)
    output.append(hexDigits[Int(byte >> 4)])
    output.append(hexDigits[Int(byte & 0x0F)])
  default: output.append(byte)
  }
}

private let hexDigits = Array("0123456789abcdef".utf8)

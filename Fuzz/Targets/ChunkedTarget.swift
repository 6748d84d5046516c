import HTTP

/// The input is the chunked body of a request; and every text that was chunked comes back as it was.
enum ChunkedTarget {
  private static let head = Array("POST /v1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

  static func check(_ input: UnsafeRawBufferPointer) {
    let outcome = parse(head + input)
    FuzzTarget.plant(where: outcome.bodies.first?.first.map { $0 < UInt8(ascii: "a") } ?? false)
    guard input.count <= RequestTarget.limits.bodyBytes else { return }
    let back = parse(head + chunked(input))
    demand(back.bodies == [Array(input)] && back.error == nil, "a chunked body came back changed")
  }

  private static func parse(_ bytes: [UInt8]) -> RequestTarget.Outcome {
    bytes.withUnsafeBytes { Pieces.agree(on: $0, RequestTarget.parse) }
  }

  /// Chunks whose sizes follow from the bytes.
  private static func chunked(_ body: UnsafeRawBufferPointer) -> [UInt8] {
    var text: [UInt8] = []
    var start = 0
    while start < body.count {
      let end = min(body.count, start + Int(body[start]) % 32 + 1)
      text += Array("\(String(end - start, radix: 16))\r\n".utf8) + body[start..<end] + [13, 10]
      start = end
    }
    return text + Array("0\r\n\r\n".utf8)
  }
}

import HTTP
import Testing

/// Requests that RFC 9112 requires a server to refuse. A server that accepts one may disagree with a proxy about where
/// a request ends.
@Suite struct RequestRefusalTests {
  static let lines = [
    RefusedExample(line: "GET  / HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET / HTTP/1.1 ", .malformedRequestLine),
    RefusedExample(line: " GET / HTTP/1.1", .malformedRequestLine),
    RefusedExample(line: "GET /", .malformedRequestLine),
    RefusedExample(line: "GET HTTP/1.1", .malformedRequestLine),
    RefusedExample(line: "G@T / HTTP/1.1", .malformedRequestLine),
    RefusedExample(line: "GET / http/1.1", .malformedRequestLine),
    RefusedExample(line: "GET / HTTP/11", .malformedRequestLine),
    RefusedExample(line: "GET / HTTP/2.0", .unsupportedVersion),
    RefusedExample(line: "GET / HTTP/0.9", .unsupportedVersion),
    RefusedExample(line: "GET a HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET * HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /a b HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /a#b HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /\u{7F} HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /\u{0} HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /caf\u{E9} HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /% HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /%4 HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /%zz HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET /%00 HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET http:///a HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET http://u@h/a HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET http://:80/a HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET http://h:x/a HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET http://[::g]/a HTTP/1.1", .invalidTarget),
    RefusedExample(line: "GET ftp://h/a HTTP/1.1", .invalidTarget),
    RefusedExample(line: "CONNECT a:80 HTTP/1.1", .connectNotSupported),
    RefusedExample("three empty lines", "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .tooManyEmptyLines),
    RefusedExample("a bare line feed after the line", "GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
    RefusedExample("a bare carriage return", "GET /\rX HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
  ]

  static let fields = [
    RefusedExample(fields: "X: 1", .missingHost),
    RefusedExample(fields: "Host: a\r\nHost: a", .duplicateHost),
    RefusedExample(fields: "Host: a b", .invalidHost),
    RefusedExample(fields: "Host: a/b", .invalidHost),
    RefusedExample(fields: "Host: a@b", .invalidHost),
    RefusedExample(fields: "Host: :80", .invalidHost),
    RefusedExample(fields: "Host: a:b", .invalidHost),
    RefusedExample(fields: "Host: a:65536", .invalidHost),
    RefusedExample(fields: "Host: a:1:2", .invalidHost),
    RefusedExample(fields: "Host: [::1", .invalidHost),
    RefusedExample(fields: "Host: [::1]x", .invalidHost),
    RefusedExample(fields: "Host: [1.2.3.4]", .invalidHost),
    RefusedExample(fields: "Host: [::1%25eth0]", .invalidHost),
    RefusedExample(fields: "Host: [::g]", .invalidHost),
    RefusedExample(fields: "Host: []", .invalidHost),
    RefusedExample(fields: "Host: a%2", .invalidHost),
    RefusedExample(fields: "Host: a%zz", .invalidHost),
    RefusedExample(fields: "Host: a|b", .invalidHost),
    RefusedExample(fields: "Host: caf\u{E9}", .invalidHost),
    RefusedExample(fields: "Host: a\r\nX : 1", .malformedField),
    RefusedExample(fields: "Host: a\r\n: 1", .malformedField),
    RefusedExample(fields: "Host: a\r\nX", .malformedField),
    RefusedExample(fields: "Host: a\r\nX(: 1", .malformedField),
    RefusedExample(fields: "Host: a\r\nX: 1\r\n 2", .foldedField),
    RefusedExample(fields: "Host: a\r\nX: 1\r\n\t2", .foldedField),
    RefusedExample(fields: "Host: a\r\nX: a\u{0}b", .malformedField),
    RefusedExample(fields: "Host: a\r\nX: a\rb", .malformedField),
    RefusedExample(fields: "Host: a\r\nX: a\nY: b", .bareLineFeed),
    RefusedExample(fields: "Host: a\r\nX: a\u{1B}b", .malformedField),
    RefusedExample(fields: "Host: a\r\nExpect: a miracle", .unknownExpectation),
  ]

  static let framing = [
    RefusedExample(
      fields: "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
      .contentLengthWithTransferEncoding),
    RefusedExample(
      fields: "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0",
      .contentLengthWithTransferEncoding),
    RefusedExample(fields: "Host: a\r\nContent-Length: 5\r\nContent-Length: 6", .conflictingContentLength),
    RefusedExample(fields: "Host: a\r\nContent-Length: 5, 5", .invalidContentLength),
    RefusedExample(fields: "Host: a\r\nContent-Length: +5", .invalidContentLength),
    RefusedExample(fields: "Host: a\r\nContent-Length: -1", .invalidContentLength),
    RefusedExample(fields: "Host: a\r\nContent-Length: 0x5", .invalidContentLength),
    RefusedExample(fields: "Host: a\r\nContent-Length: 5 5", .invalidContentLength),
    RefusedExample(fields: "Host: a\r\nContent-Length:", .invalidContentLength),
    RefusedExample(fields: "Host: a\r\nContent-Length: 99999999999999999999999", .bodyTooLarge),
    RefusedExample(fields: "Host: a\r\nTransfer-Encoding: gzip", .unsupportedTransferCoding),
    RefusedExample(fields: "Host: a\r\nTransfer-Encoding: gzip, chunked", .unsupportedTransferCoding),
    RefusedExample(fields: "Host: a\r\nTransfer-Encoding: xchunked", .unsupportedTransferCoding),
    RefusedExample(fields: "Host: a\r\nTransfer-Encoding: \u{B}chunked", .malformedField),
    RefusedExample(
      fields: "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
      .repeatedChunkedCoding),
    RefusedExample(
      "chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
      .transferEncodingBeforeHTTP11),
    RefusedExample(chunks: "x\r\n", .malformedChunk),
    RefusedExample(chunks: "\r\n", .malformedChunk),
    RefusedExample(chunks: "-1\r\n", .malformedChunk),
    RefusedExample(chunks: "0x5\r\nhello\r\n", .malformedChunk),
    RefusedExample(chunks: "5 \r\nhello\r\n", .malformedChunk),
    RefusedExample(chunks: "5\nhello\r\n", .malformedChunk),
    RefusedExample(chunks: "5\r\nhelloX\r\n", .malformedChunk),
    RefusedExample(chunks: "5\r\nhello\n", .malformedChunk),
    RefusedExample(chunks: "5;a\nb\r\nhello\r\n", .malformedChunk),
    RefusedExample(chunks: "000000005\r\nhello\r\n", .malformedChunk),
    RefusedExample(chunks: "FFFFFFFF\r\n", .bodyTooLarge),
    RefusedExample(chunks: "0\r\n folded: x\r\n\r\n", .malformedField),
    RefusedExample(chunks: "0\r\nT: a\nb\r\n\r\n", .malformedField),
    RefusedExample(chunks: "0\r\nT\r\n\r\n", .malformedField),
    RefusedExample(chunks: "0\r\nT : a\r\n\r\n", .malformedField),
    RefusedExample(chunks: "0\r\n\(String(repeating: "T: a\r\n", count: 101))\r\n", .tooManyFields),
    RefusedExample(chunks: "0\r\nT: \(String(repeating: "a", count: 16_400))\r\n\r\n", .fieldsTooLarge),
  ]

  @Test(arguments: lines + fields + framing)
  func `a request that breaks a rule is refused with that rule's error`(example: RefusedExample) {
    #expect(Transcript.whole(example.bytes).error == example.error)
  }

  @Test(arguments: lines + fields + framing)
  func `a refusal is the same for every split of the bytes`(example: RefusedExample) {
    let whole = Transcript.whole(example.bytes)
    for index in example.bytes.indices {
      #expect(Transcript.split(example.bytes, at: index) == whole, "split at \(index)")
    }
    #expect(Transcript.byteByByte(example.bytes) == whole)
  }

  @Test func `each error has the status that the standard assigns`() {
    let statuses: [(ParseError, Int)] = [
      (.malformedRequestLine, 400), (.missingHost, 400), (.duplicateHost, 400), (.bodyTooLarge, 413),
      (.requestLineTooLong, 414), (.unknownExpectation, 417), (.fieldsTooLarge, 431), (.tooManyFields, 431),
      (.unsupportedTransferCoding, 501), (.unsupportedVersion, 505),
    ]
    for (error, code) in statuses { #expect(error.status.code == code, "\(error)") }
  }
}

import HTTP
import ProtocolExamples
import Testing

@Suite struct RequestLimitTests {
  static let limits = RequestLimits(requestLineBytes: 40, headerBytes: 60, headerCount: 3, bodyBytes: 10)

  private func outcome(_ text: String) -> Transcript {
    let bytes = Array(text.utf8)
    let whole = Transcript.whole(bytes, limits: Self.limits)
    for index in bytes.indices {
      #expect(Transcript.split(bytes, at: index, limits: Self.limits) == whole, "split at \(index)")
    }
    #expect(Transcript.byteByByte(bytes, limits: Self.limits) == whole)
    return whole
  }

  @Test func `a request line of exactly the limit is accepted, and one more byte gives 414`() {
    let path = String(repeating: "p", count: 40 - "GET / HTTP/1.1".count)
    #expect(outcome("GET /\(path) HTTP/1.1\r\nHost: a\r\n\r\n").requests.count == 1)
    #expect(outcome("GET /\(path)p HTTP/1.1\r\nHost: a\r\n\r\n").error == .requestLineTooLong)
  }

  @Test func `a request line that never ends gives 414`() {
    #expect(outcome(String(repeating: "G", count: 200)).error == .requestLineTooLong)
  }

  @Test func `fields of exactly the limit are accepted, and one more byte gives 431`() {
    // Both lines with their line endings.
    let value = String(repeating: "v", count: 60 - "Host: a\r\nX: \r\n".utf8.count)
    #expect(outcome("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n").requests.count == 1)
    #expect(outcome("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)v\r\n\r\n").error == .fieldsTooLarge)
  }

  @Test func `a field that never ends gives 431`() {
    let text = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "v", count: 300)
    #expect(outcome(text).error == .fieldsTooLarge)
  }

  @Test func `as many fields as the limit are accepted, and one more gives 431`() {
    #expect(outcome("GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 2\r\n\r\n").requests.count == 1)
    #expect(outcome("GET / HTTP/1.1\r\nHost: a\r\nB: 1\r\nC: 2\r\nD: 3\r\n\r\n").error == .tooManyFields)
  }

  @Test func `a body of exactly the limit is accepted, and a longer Content-Length gives 413 at once`() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
    #expect(outcome(head + "10\r\n\r\n0123456789").requests.count == 1)
    #expect(outcome(head + "11\r\n\r\n").error == .bodyTooLarge)
  }

  @Test func `the chunks of a body share its limit`() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(outcome(head + "5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n").requests.count == 1)
    #expect(outcome(head + "5\r\nabcde\r\n6\r\nfghijk\r\n0\r\n\r\n").error == .bodyTooLarge)
  }

  @Test func `trailers beyond the limit of the fields are refused`() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    let trailer = "T: " + String(repeating: "t", count: 80)
    #expect(outcome(head + trailer + "\r\n\r\n").error == .fieldsTooLarge)
  }

  @Test func `chunk extensions beyond their limit are refused`() {
    let text =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;"
      + String(repeating: "e", count: 5000) + "\r\na\r\n0\r\n\r\n"
    #expect(Transcript.whole(Array(text.utf8)).error == .malformedChunk)
  }
}

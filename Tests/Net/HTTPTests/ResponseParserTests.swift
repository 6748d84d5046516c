import HTTP
import Testing

@Suite struct ResponseParserTests {
  private enum Outcome: Equatable {
    case response(Response)
    case incomplete
    case refused(ParseError)
  }

  private func read(_ pieces: [ArraySlice<UInt8>], isHead: Bool, limits: RequestLimits) -> Outcome {
    var parser = ResponseParser(limits: limits, isAnswerToHead: isHead)
    do throws(ParseError) {
      for piece in pieces {
        let complete = try Array(piece).withUnsafeBufferPointer { bytes throws(ParseError) in
          try parser.parse(UnsafeRawBufferPointer(bytes))
        }
        if let complete { return .response(complete) }
      }
      return .response(try parser.finish())
    } catch .truncated {
      return .incomplete
    } catch {
      return .refused(error)
    }
  }

  /// Parses a text whole, at every split and byte by byte, and expects equal results.
  private func outcome(
    _ text: String, isHead: Bool = false, limits: RequestLimits = RequestLimits()
  ) -> Outcome {
    let bytes = Array(text.utf8)
    let whole = read([bytes[...]], isHead: isHead, limits: limits)
    for index in bytes.indices {
      #expect(read([bytes[..<index], bytes[index...]], isHead: isHead, limits: limits) == whole)
    }
    #expect(read(bytes.indices.map { bytes[$0...$0] }, isHead: isHead, limits: limits) == whole)
    return whole
  }

  private func response(_ body: String, _ headers: Headers) -> Outcome {
    .response(Response(status: .ok, headers: headers, body: Array(body.utf8)))
  }

  @Test func `a body ends with its Content-Length, its last chunk or the connection`() {
    #expect(
      outcome("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") == response("hi", ["Content-Length": "2"]))
    #expect(
      outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n")
        == response("hi!", ["Transfer-Encoding": "chunked"]))
    #expect(outcome("HTTP/1.1 200 OK\r\n\r\nto the end") == response("to the end", [:]))
  }

  @Test func `interim responses are skipped`() {
    #expect(
      outcome("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        == response("", ["Content-Length": "0"]))
  }

  @Test func `as many interim responses are skipped as the limit says, and one more is refused`() {
    func outcome(of count: Int) -> Outcome {
      self.outcome(
        String(repeating: "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", count: count)
          + "HTTP/1.1 204 No Content\r\n\r\n")
    }
    let most = ResponseParser.maximumInterimResponses
    #expect(outcome(of: most) == .response(Response(status: .noContent)))
    #expect(outcome(of: most + 1) == .refused(.tooManyInterimResponses))
  }

  @Test func `responses to HEAD and with statuses without content have no body`() {
    #expect(
      outcome("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", isHead: true)
        == response("", ["Content-Length": "5"]))
    #expect(outcome("HTTP/1.1 204 No Content\r\n\r\n") == .response(Response(status: .noContent)))
  }

  @Test(arguments: [
    "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
  ])
  func `a truncated response is incomplete`(text: String) {
    #expect(outcome(text) == .incomplete)
  }

  @Test(arguments: [
    ("SMTP ready\r\n\r\n", ParseError.malformedStatusLine),
    ("HTTP/1.1 abc\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 +20 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 2000 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1/200 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .malformedField),
    ("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", .bodyTooLarge),
    ("HTTP/1.1 200 OK\r\n\r\n01234567890", .bodyTooLarge),
    (
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
      .contentLengthWithTransferEncoding
    ),
  ])
  func `a malformed response is refused`(text: String, error: ParseError) {
    #expect(outcome(text, limits: RequestLimits(bodyBytes: 10)) == .refused(error))
  }
}

/// Parses one response incrementally (RFC 9112), for clients. It does no I/O.
///
/// It skips interim responses (1xx), up to ``maximumInterimResponses``. A body has a Content-Length, is chunked, or extends to the end of the connection.
/// The limits bound it in each case.
package struct ResponseParser: Sendable {
  private enum Phase: Sendable {
    case head(kept: [UInt8])
    case sized(Response, remaining: Int)
    case chunked(Response, ChunkedBody)
    case untilEnd(Response)
    case done
  }

  /// The interim responses that may precede a response. A server that sends them without an end would otherwise keep
  /// its client at work for as long as it likes.
  package static let maximumInterimResponses = 16

  private let limits: RequestLimits
  private let isAnswerToHead: Bool
  private var phase = Phase.head(kept: [])
  private var interimResponses = 0

  /// - Parameter isAnswerToHead: Whether the request was HEAD. Its response has no body, regardless of its fields.
  package init(limits: RequestLimits = RequestLimits(), isAnswerToHead: Bool = false) {
    self.limits = limits
    self.isAnswerToHead = isAnswerToHead
  }

  /// Parses the next bytes.
  ///
  /// - Returns: The response once it is complete. The parser ignores bytes after it.
  package mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(ParseError) -> Response? {
    let input = UnsafeBufferPointer(
      start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    return try advance(over: input)
  }

  /// Reports the end of the connection to the parser.
  ///
  /// - Returns: The response whose body extends to the end of the connection.
  /// - Throws: `ParseError.truncated` when the response is incomplete.
  package mutating func finish() throws(ParseError) -> Response {
    guard case .untilEnd(let response) = phase else { throw .truncated }
    phase = .done
    return response
  }

  private mutating func takePhase() -> Phase {
    let taken = phase
    phase = .done
    return taken
  }

  private mutating func advance(over input: UnsafeBufferPointer<UInt8>) throws(ParseError) -> Response? {
    switch takePhase() {
    case .head(let kept): return try readHead(kept, input)
    case .sized(let response, let remaining): return readSized(response, remaining, input)
    case .chunked(let response, let body): return try readChunked(response, body, input)
    case .untilEnd(var response):
      guard response.body.count + input.count <= limits.bodyBytes else { throw .bodyTooLarge }
      response.body.append(contentsOf: input)
      phase = .untilEnd(response)
      return nil
    case .done: return nil
    }
  }

  private mutating func readHead(
    _ kept: consuming [UInt8], _ input: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) -> Response? {
    var (begin, scanned) = (0, max(0, kept.count - 3))
    kept.append(contentsOf: input)
    while let end = Self.headEnd(kept, from: scanned) {
      guard end - begin <= limits.headCeiling else { throw .fieldsTooLarge }
      let head = try kept.withUnsafeBufferPointer { bytes throws(ParseError) in
        try ResponseHead(bytes.part(begin..<end), limits: limits)
      }
      guard (100..<200).contains(head.status.code) else {
        return try kept.withUnsafeBufferPointer { bytes throws(ParseError) in
          try readBody(head, bytes.part(end..<bytes.count))
        }
      }
      interimResponses += 1
      guard interimResponses <= Self.maximumInterimResponses else { throw .tooManyInterimResponses }
      (begin, scanned) = (end, end)
    }
    kept.removeFirst(begin)
    guard kept.count <= limits.headCeiling else { throw .fieldsTooLarge }
    phase = .head(kept: kept)
    return nil
  }

  private static func headEnd(_ bytes: [UInt8], from start: Int) -> Int? {
    var index = start
    while index + 4 <= bytes.count {
      if bytes[index..<(index + 4)].elementsEqual([13, 10, 13, 10]) { return index + 4 }
      index += 1
    }
    return nil
  }

  private mutating func readBody(
    _ head: ResponseHead, _ rest: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) -> Response? {
    let response = Response(status: head.status, headers: head.headers)
    if isAnswerToHead || head.status.forbidsBody { return response }
    switch head.framing {
    case .sized(let length): return readSized(response, length, rest)
    case .chunked: return try readChunked(response, ChunkedBody(limits: limits), rest)
    case nil:
      phase = .untilEnd(response)
      return try advance(over: rest)
    }
  }

  private mutating func readSized(
    _ response: consuming Response, _ remaining: Int, _ input: UnsafeBufferPointer<UInt8>
  ) -> Response? {
    let count = min(remaining, input.count)
    response.body.append(contentsOf: input[..<count])
    guard count < remaining else { return response }
    phase = .sized(response, remaining: remaining - count)
    return nil
  }

  private mutating func readChunked(
    _ response: consuming Response, _ body: consuming ChunkedBody, _ input: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) -> Response? {
    _ = try body.advance(over: input)
    guard !body.isDone else {
      response.body = body.content.bytes
      return response
    }
    phase = .chunked(response, body)
    return nil
  }
}

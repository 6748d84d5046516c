/// The result of parsing bytes.
package enum ParseOutcome: Sendable {
  /// The request is incomplete. The parser has consumed `consumed` bytes and stores those that it needs.
  case needMore(consumed: Int)
  /// A complete request. The caller passes the bytes after `consumed` again, for the next request.
  case request(Request, consumed: Int)
}

/// Parses requests incrementally (RFC 9112). It does no I/O.
///
/// The caller passes every byte once, in order, in pieces of any size. The result does not depend on how the bytes are
/// split. For a request that is complete in one piece, as nearly all are, the parser copies only the head and the body,
/// each once. It stores a partial request internally. It scans no byte twice, and its limits bound its memory.
///
/// After an error the parser repeats that error, because the start of the next request is unknown. The connection must
/// close. A parser cannot be copied, so that reading a connection's parser copies no state of it.
package struct RequestParser: ~Copyable, Sendable {
  private enum Phase: Sendable {
    /// No byte of the next request has arrived.
    case between
    case head(HeadParser, kept: [UInt8])
    case sized(PartialRequest, BodyBuffer, length: Int)
    case chunked(PartialRequest, ChunkedBody)
    case failed(ParseError)
  }

  private struct PartialRequest: Sendable {
    let head: [UInt8]
    let parts: HeadParts
    let fields: [Headers.Field]

    /// The request with its body. `unread` is the length of a body that is dropped.
    func finished(_ body: [UInt8], unread: Int, trailers: Headers? = nil) -> Request {
      var request = Request(head: head, parts: parts, fields: fields, body: body)
      request.unreadBodyBytes = unread
      if let trailers, !trailers.isEmpty { request.trailers = trailers }
      return request
    }
  }

  /// The limits of each request.
  package let limits: RequestLimits
  private var phase: Phase
  private var owesContinue = false

  /// A parser for one connection.
  package init(limits: RequestLimits = RequestLimits()) {
    self.limits = limits
    phase = .between
  }

  /// Whether the parser is between two requests, so that closing the connection loses nothing.
  package var isIdle: Bool {
    switch phase {
    case .between: true
    case .head(let parser, _): parser.isUntouched
    case .sized, .chunked, .failed: false
    }
  }

  /// Whether the head is complete and the body is not.
  package var isReadingBody: Bool {
    switch phase {
    case .sized, .chunked: true
    case .between, .head, .failed: false
    }
  }

  /// The request whose head is complete and whose body is not, without that body. Its ``Request/unreadBodyBytes`` are the
  /// length that the head announces; 0 of a chunked body. Nil at any other time.
  package var incompleteRequest: Request? {
    switch phase {
    case .sized(let request, _, let length): request.finished([], unread: length)
    case .chunked(let request, _): request.finished([], unread: 0)
    case .between, .head, .failed: nil
    }
  }

  /// The memory of the incomplete request: its head and the room for its body.
  package var heldBytes: Int {
    switch phase {
    case .between, .failed: 0
    case .head(_, let kept): kept.capacity
    case .sized(let request, let body, _): request.head.capacity + body.bytes.capacity
    case .chunked(let request, let body): request.head.capacity + body.content.bytes.capacity
    }
  }

  /// Limits what is stored of the body that is arriving. Of a longer one the parser finds only the end.
  ///
  /// - Returns: Whether the body may still be shorter than the limit.
  package mutating func limitBody(to most: Int) -> Bool {
    guard isReadingBody else { return true }
    switch takePhase() {
    case .sized(let request, var body, let length):
      body.limit(to: most, expected: length)
      phase = .sized(request, body, length: length)
      return !body.isDropped
    case .chunked(let request, var body):
      body.content.limit(to: most, expected: nil)
      phase = .chunked(request, body)
      return !body.content.isDropped
    case .between, .head, .failed: return true
    }
  }

  /// Drops what is stored, when no further byte of the connection will be parsed.
  package mutating func discard() {
    phase = .between
    owesContinue = false
  }

  /// True once for a request whose client waits for `100 Continue` before it sends the body. The caller then sends
  /// `ResponseSerializer.appendContinue(to:)` (RFC 9110, section 10.1.1).
  package mutating func takeContinueRequest() -> Bool {
    defer { owesContinue = false }
    return owesContinue
  }

  /// Parses the next bytes of the connection.
  package mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(ParseError) -> ParseOutcome {
    var consumed = 0
    guard let request = try next(in: bytes, consumed: &consumed) else { return .needMore(consumed: consumed) }
    return .request(request, consumed: consumed)
  }

  /// Parses like ``parse(_:)``, for a server that takes many requests from its input. Nil when it needs more bytes.
  package mutating func next(
    in bytes: UnsafeRawBufferPointer, consumed: inout Int
  ) throws(ParseError) -> Request? {
    let input = UnsafeBufferPointer(
      start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    do throws(ParseError) {
      return try advance(over: input, &consumed)
    } catch {
      phase = .failed(error)
      owesContinue = false
      throw error
    }
  }
}

extension RequestParser {
  /// Moves the phase out, so that its payload is changed in place without a copy.
  private mutating func takePhase() -> Phase {
    let taken = phase
    phase = .between
    return taken
  }

  private mutating func advance(
    over input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int
  ) throws(ParseError) -> Request? {
    if case .between = phase { return try readWhole(input, &consumed) }
    return switch takePhase() {
    case .between: try readWhole(input, &consumed)
    case .head(let parser, let kept): try readHead(parser, kept, input, &consumed)
    case .sized(let request, let body, let length):
      readSized(request, body, length, input, from: 0, &consumed)
    case .chunked(let request, let body): try readChunked(request, body, input, from: 0, &consumed)
    case .failed(let error): throw error
    }
  }

  /// Parses a request from its first byte. Most requests arrive complete.
  private mutating func readWhole(
    _ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int
  ) throws(ParseError) -> Request? {
    var parser = HeadParser(limits: limits)
    guard let (parts, length) = try parser.advance(over: input) else {
      if !input.isEmpty { phase = .head(parser, kept: Array(input)) }
      consumed = input.count
      return nil
    }
    let head = Array(input.part(0..<length))
    return try readBody(parts, parser.takeFields(), head: head, input, from: length, &consumed)
  }

  private mutating func readHead(
    _ parser: consuming HeadParser, _ kept: consuming [UInt8], _ input: UnsafeBufferPointer<UInt8>,
    _ consumed: inout Int
  ) throws(ParseError) -> Request? {
    let keptCount = kept.count
    // The head can need no more bytes than the longest head; further bytes belong to the body.
    let taken = min(input.count, limits.headCeiling - keptCount)
    kept.append(contentsOf: input[..<taken])
    guard
      let (parts, length) = try kept.withUnsafeBufferPointer({ (bytes) throws(ParseError) in
        try parser.advance(over: bytes)
      })
    else {
      phase = .head(parser, kept: kept)
      consumed = taken
      return nil
    }
    kept.removeLast(kept.count - length)
    return try readBody(
      parts, parser.takeFields(), head: kept, input, from: length - keptCount, &consumed)
  }

  private mutating func readBody(
    _ parts: HeadParts, _ fields: consuming [Headers.Field], head: consuming [UInt8],
    _ input: UnsafeBufferPointer<UInt8>, from start: Int, _ consumed: inout Int
  ) throws(ParseError) -> Request? {
    if case .sized(0) = parts.framing {
      consumed = start
      return Request(head: head, parts: parts, fields: fields, body: [])
    }
    let request = PartialRequest(head: head, parts: parts, fields: fields)
    owesContinue = parts.expectsContinue && start == input.count
    switch parts.framing {
    case .sized(let length):
      return readSized(request, BodyBuffer(), length, input, from: start, &consumed)
    case .chunked:
      return try readChunked(request, ChunkedBody(limits: limits), input, from: start, &consumed)
    }
  }

  private mutating func readSized(
    _ request: consuming PartialRequest, _ body: consuming BodyBuffer, _ length: Int,
    _ input: UnsafeBufferPointer<UInt8>, from start: Int, _ consumed: inout Int
  ) -> Request? {
    let count = min(length - body.length, input.count - start)
    body.append(input.part(start..<(start + count)), expected: length)
    guard body.length < length else {
      owesContinue = false
      consumed = start + count
      return request.finished(body.bytes, unread: body.droppedBytes)
    }
    if count > 0 { owesContinue = false }
    phase = .sized(request, body, length: length)
    consumed = input.count
    return nil
  }

  private mutating func readChunked(
    _ request: consuming PartialRequest, _ body: consuming ChunkedBody,
    _ input: UnsafeBufferPointer<UInt8>, from start: Int, _ consumed: inout Int
  ) throws(ParseError) -> Request? {
    let rest = UnsafeBufferPointer(rebasing: input[start...])
    let used = try body.advance(over: rest)
    guard !body.isDone else {
      owesContinue = false
      consumed = start + used
      return request.finished(
        body.content.bytes, unread: body.content.droppedBytes, trailers: body.trailers)
    }
    if used > 0 { owesContinue = false }
    phase = .chunked(request, body)
    consumed = input.count
    return nil
  }
}

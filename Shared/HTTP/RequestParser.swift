/// What came of feeding bytes to a parser.
public enum ParseOutcome: Sendable {
  /// The request is not complete. All bytes were taken; the parser keeps what it needs of them.
  case needMore(consumed: Int)
  /// A request; the bytes after `consumed` belong to the next one and are to be given again.
  case request(Request, consumed: Int)
}

/// Reads requests from bytes as they come (RFC 9112). It does no I/O.
///
/// Give it every byte exactly once, in order, in pieces of any size: the same bytes give the same requests
/// and the same error however they were cut. While a request lies complete in the bytes given, as nearly all
/// do, only its head and its body are copied, each once; a partial request is kept inside the parser. Nothing
/// is scanned twice, and all it keeps is bounded by its limits.
///
/// After an error it stays in error: where the next request begins cannot be known, so the connection must
/// close.
public struct RequestParser: Sendable {
  private enum Phase: Sendable {
    /// Nothing of the next request has come.
    case between
    case head(HeadParser, kept: [UInt8])
    case sized(PartialRequest, remaining: Int)
    case chunked(PartialRequest, ChunkedBody)
    case failed(ParseError)
  }

  private struct PartialRequest: Sendable {
    let head: [UInt8]
    let parts: HeadParts
    let fields: [Headers.Field]
    var body: [UInt8]

    func finished() -> Request {
      Request(head: head, parts: parts, fields: fields, body: body)
    }
  }

  /// What this parser takes at most.
  public let limits: RequestLimits
  private var phase: Phase
  private var owesContinue = false

  /// A parser for one connection, before its first byte.
  public init(limits: RequestLimits = RequestLimits()) {
    self.limits = limits
    phase = .between
  }

  /// Whether the parser stands between two requests: closing the connection now loses nothing.
  public var isIdle: Bool {
    switch phase {
    case .between: true
    case .head(let parser, _): parser.isUntouched
    case .sized, .chunked, .failed: false
    }
  }

  /// Whether a head has been read and its body is awaited.
  public var isReadingBody: Bool {
    switch phase {
    case .sized, .chunked: true
    case .between, .head, .failed: false
    }
  }

  /// True once for a request whose client waits for `100 Continue` before it sends the body: write
  /// `ResponseSerializer.continueResponse` then (RFC 9110, section 10.1.1).
  public mutating func takeContinueRequest() -> Bool {
    defer { owesContinue = false }
    return owesContinue
  }

  /// Takes the next bytes of the connection.
  public mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(ParseError) -> ParseOutcome {
    let input = UnsafeBufferPointer(
      start: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    do throws(ParseError) {
      return try advance(over: input)
    } catch {
      phase = .failed(error)
      owesContinue = false
      throw error
    }
  }
}

extension RequestParser {
  /// Takes the phase out, so that what it holds is changed in place and not copied.
  private mutating func takePhase() -> Phase {
    let taken = phase
    phase = .between
    return taken
  }

  private mutating func advance(over input: UnsafeBufferPointer<UInt8>) throws(ParseError) -> ParseOutcome {
    if case .between = phase { return try readWhole(input) }
    return switch takePhase() {
    case .between: try readWhole(input)
    case .head(let parser, let kept): try readHead(parser, kept, input)
    case .sized(let request, let remaining): readSized(request, remaining, input, from: 0)
    case .chunked(let request, let body): try readChunked(request, body, input, from: 0)
    case .failed(let error): throw error
    }
  }

  /// Most requests come whole.
  private mutating func readWhole(_ input: UnsafeBufferPointer<UInt8>) throws(ParseError) -> ParseOutcome {
    var parser = HeadParser(limits: limits)
    guard let (parts, length) = try parser.advance(over: input) else {
      if !input.isEmpty { phase = .head(parser, kept: Array(input)) }
      return .needMore(consumed: input.count)
    }
    return try readBody(parts, parser.fields, head: Array(input.part(0..<length)), input, from: length)
  }

  private mutating func readHead(
    _ parser: consuming HeadParser, _ kept: consuming [UInt8], _ input: UnsafeBufferPointer<UInt8>
  ) throws(ParseError) -> ParseOutcome {
    let keptCount = kept.count
    // More than a whole head can never be needed; what is beyond belongs to the body.
    let taken = min(input.count, limits.headCeiling - keptCount)
    kept.append(contentsOf: input[..<taken])
    guard
      let (parts, length) = try kept.withUnsafeBufferPointer({ (bytes) throws(ParseError) in
        try parser.advance(over: bytes)
      })
    else {
      phase = .head(parser, kept: kept)
      return .needMore(consumed: taken)
    }
    kept.removeLast(kept.count - length)
    return try readBody(parts, parser.fields, head: kept, input, from: length - keptCount)
  }

  private mutating func readBody(
    _ parts: HeadParts, _ fields: [Headers.Field], head: [UInt8],
    _ input: UnsafeBufferPointer<UInt8>, from start: Int
  ) throws(ParseError) -> ParseOutcome {
    if case .sized(0) = parts.framing {
      return .request(Request(head: head, parts: parts, fields: fields, body: []), consumed: start)
    }
    let request = PartialRequest(head: head, parts: parts, fields: fields, body: [])
    switch parts.framing {
    case .sized(let length):
      owesContinue = parts.expectsContinue && start == input.count
      return readSized(request, length, input, from: start)
    case .chunked:
      owesContinue = parts.expectsContinue && start == input.count
      return try readChunked(request, ChunkedBody(limits: limits), input, from: start)
    }
  }

  private mutating func readSized(
    _ request: consuming PartialRequest, _ remaining: Int,
    _ input: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> ParseOutcome {
    let count = min(remaining, input.count - start)
    request.body.append(contentsOf: input[start..<(start + count)])
    guard count < remaining else {
      owesContinue = false
      return .request(request.finished(), consumed: start + count)
    }
    if count > 0 { owesContinue = false }
    phase = .sized(request, remaining: remaining - count)
    return .needMore(consumed: input.count)
  }

  private mutating func readChunked(
    _ request: consuming PartialRequest, _ body: consuming ChunkedBody,
    _ input: UnsafeBufferPointer<UInt8>, from start: Int
  ) throws(ParseError) -> ParseOutcome {
    let rest = UnsafeBufferPointer(rebasing: input[start...])
    let used = try body.advance(over: rest, into: &request.body)
    guard !body.isDone else {
      owesContinue = false
      return .request(request.finished(), consumed: start + used)
    }
    if used > 0 { owesContinue = false }
    phase = .chunked(request, body)
    return .needMore(consumed: input.count)
  }
}

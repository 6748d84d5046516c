import HTTP

/// Bytes of a connection become the same requests and the same error, however they are split.
enum RequestTarget {
  /// The requests of a connection and the error that ended it.
  struct Outcome: Equatable {
    var requests: [String] = []
    var bodies: [[UInt8]] = []
    var lengths: [Int] = []
    var error: ParseError?
  }

  static let limits = RequestLimits(
    requestLineBytes: 256, headerBytes: 1024, headerCount: 16, bodyBytes: 2048)

  static func check(_ input: UnsafeRawBufferPointer) {
    let outcome = Pieces.agree(on: input, parse)
    for body in outcome.bodies { demand(body.count <= limits.bodyBytes, "a body is longer than its limit") }
    // A limit of the stored bytes changes neither the requests nor where they end.
    for limit in [0, 100] {
      let limited = parse(input, size: 7, bodyLimit: limit)
      demand(limited.requests == outcome.requests, "a limit of the body changes the requests")
      demand(limited.lengths == outcome.lengths, "a limit of the body changes its length")
      demand(limited.error == outcome.error, "a limit of the body changes the error")
    }
    FuzzTarget.plant(where: outcome.requests.contains { $0.contains("/v") && !$0.contains("/v1") })
  }

  static func parse(_ input: UnsafeRawBufferPointer, size: Int) -> Outcome {
    parse(input, size: size, bodyLimit: .max)
  }

  /// As ``parse(_:size:)``, where the parser stores no body beyond a limit.
  private static func parse(_ input: UnsafeRawBufferPointer, size: Int, bodyLimit: Int) -> Outcome {
    var parser = RequestParser(limits: limits)
    var outcome = Outcome()
    Pieces.each(of: input, size: size) { piece in
      do throws(ParseError) {
        try read(piece, &parser, &outcome)
        _ = parser.limitBody(to: bodyLimit)
        return true
      } catch {
        outcome.error = error
        return false
      }
    }
    return outcome
  }

  private static func read(
    _ piece: UnsafeRawBufferPointer, _ parser: inout RequestParser, _ outcome: inout Outcome
  ) throws(ParseError) {
    var rest = piece
    while !rest.isEmpty {
      switch try parser.parse(rest) {
      case .needMore(let consumed):
        demand(consumed == rest.count, "an incomplete request left \(rest.count - consumed) bytes")
        return
      case .request(let request, let consumed):
        demand(consumed <= rest.count, "a request consumed more than there was")
        outcome.requests.append(text(of: request))
        outcome.bodies.append(request.body)
        outcome.lengths.append(request.body.count + request.unreadBodyBytes)
        rest = UnsafeRawBufferPointer(rebasing: rest[consumed...])
      }
    }
  }

  /// Everything that a handler can read of a request, except its body.
  private static func text(of request: Request) -> String {
    let query = request.queryParameters().map { $0.map { "\($0.name)=\($0.value)" }.joined(separator: "&") }
    return """
      \(request.method) \(request.target) \(request.path) \(request.query ?? "-") \(query ?? "-") \(request.version)
      \(request.keepAlive) \(MediaType(request.headers["Content-Type"] ?? "").debugText)
      \(request.headers)
      \(request.trailers)
      """
  }
}

extension Optional {
  fileprivate var debugText: String { map { "\($0)" } ?? "-" }
}

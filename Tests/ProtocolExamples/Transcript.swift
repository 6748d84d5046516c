import HTTP

/// The complete result of feeding bytes to a parser. It must be equal for every split of the bytes.
package struct Transcript: Equatable, CustomStringConvertible {
  /// One request, as far as it is compared.
  package struct Exchange: Equatable {
    package let method: String
    package let target: String
    package let path: String
    package let query: String?
    package let version: Version
    package let headers: [String]
    package let body: [UInt8]
    package let keepAlive: Bool

    init(_ request: Request) {
      method = request.method.rawValue
      target = request.target
      path = request.path
      query = request.query
      version = request.version
      headers = request.headers.map { "\($0.name)=\($0.value)" }
      body = request.body
      keepAlive = request.keepAlive
    }
  }

  /// The requests, in order.
  package private(set) var requests: [Exchange] = []
  /// Why the parser refused the rest.
  package private(set) var error: ParseError?
  /// Whether the parser was idle at the end.
  package private(set) var isIdle = true

  /// The requests and the error, on one line.
  package var description: String {
    let lines = requests.map { "\($0.method) \($0.target) \($0.headers) \($0.body.count) bytes" }
    return "\(lines), \(String(describing: error))"
  }

  /// Feeds the pieces in order, each from its own memory, and passes unconsumed bytes again.
  package init(feeding pieces: [ArraySlice<UInt8>], limits: RequestLimits = RequestLimits()) {
    var parser = RequestParser(limits: limits)
    do throws(ParseError) {
      for piece in pieces { try feed(Array(piece), to: &parser) }
    } catch {
      self.error = error
    }
    isIdle = parser.isIdle
  }

  private mutating func feed(_ piece: [UInt8], to parser: inout RequestParser) throws(ParseError) {
    var rest = piece[...]
    while !rest.isEmpty {
      let bytes = Array(rest)
      let outcome = try bytes.withUnsafeBufferPointer { buffer throws(ParseError) in
        try parser.parse(UnsafeRawBufferPointer(buffer))
      }
      switch outcome {
      case .needMore(let consumed):
        precondition(consumed == bytes.count, "a parser that needs more has taken everything")
        return
      case .request(let request, let consumed):
        precondition(consumed > 0, "a request has bytes")
        requests.append(Exchange(request))
        rest = rest.dropFirst(consumed)
      }
    }
  }

  /// Of the bytes in one piece.
  package static func whole(_ bytes: [UInt8], limits: RequestLimits = RequestLimits()) -> Transcript {
    Transcript(feeding: [bytes[...]], limits: limits)
  }

  /// Of one byte at a time.
  package static func byteByByte(_ bytes: [UInt8], limits: RequestLimits = RequestLimits()) -> Transcript {
    Transcript(feeding: bytes.indices.map { bytes[$0...$0] }, limits: limits)
  }

  /// Of two pieces.
  package static func split(_ bytes: [UInt8], at index: Int, limits: RequestLimits = RequestLimits())
    -> Transcript
  {
    Transcript(feeding: [bytes[..<index], bytes[index...]], limits: limits)
  }
}

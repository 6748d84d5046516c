/// Why a parser refused a message. Each case has the status of the error response. The connection closes afterwards,
/// because the start of the next request is unknown.
package enum ParseError: Error, Sendable, Hashable {
  case bareLineFeed
  case tooManyEmptyLines
  case requestLineTooLong
  case malformedRequestLine
  case invalidTarget
  case connectNotSupported
  case unsupportedVersion
  case malformedField
  case foldedField
  case tooManyFields
  case fieldsTooLarge
  case missingHost
  case duplicateHost
  case invalidHost
  case invalidContentLength
  case conflictingContentLength
  case contentLengthWithTransferEncoding
  case transferEncodingBeforeHTTP11
  case repeatedChunkedCoding
  case unsupportedTransferCoding
  case unknownExpectation
  case bodyTooLarge
  case malformedChunk
  /// A response's status line is malformed. Only clients read responses.
  case malformedStatusLine
  /// More interim responses (1xx) precede a response than a client reads.
  case tooManyInterimResponses
  /// The connection ended before the response was complete.
  case truncated

  /// The status of the error response.
  package var status: Status {
    switch self {
    case .requestLineTooLong: .uriTooLong
    case .tooManyFields, .fieldsTooLarge: .headerFieldsTooLarge
    case .bodyTooLarge: .contentTooLarge
    case .unsupportedTransferCoding, .connectNotSupported: .notImplemented
    case .unsupportedVersion: .versionNotSupported
    case .unknownExpectation: .expectationFailed
    case .malformedStatusLine, .tooManyInterimResponses, .truncated: .badGateway
    case .bareLineFeed, .tooManyEmptyLines, .malformedRequestLine, .invalidTarget, .malformedField,
      .foldedField, .missingHost, .duplicateHost, .invalidHost, .invalidContentLength,
      .conflictingContentLength, .contentLengthWithTransferEncoding, .transferEncodingBeforeHTTP11,
      .repeatedChunkedCoding, .malformedChunk:
      .badRequest
    }
  }
}

extension ParseError: CustomStringConvertible {
  /// A sentence that is safe to send to the client, because it repeats nothing of the request.
  package var description: String {
    switch self {
    case .bareLineFeed: "A line does not end with CR LF."
    case .tooManyEmptyLines: "Too many empty lines precede the request."
    case .requestLineTooLong: "The request line is too long."
    case .malformedRequestLine: "The request line is malformed."
    case .invalidTarget: "The request target is not valid."
    case .connectNotSupported: "This server is not a proxy."
    case .unsupportedVersion: "This HTTP version is not supported."
    case .malformedField: "A header field is malformed."
    case .foldedField: "A header field is continued on a second line."
    case .tooManyFields: "There are too many header fields."
    case .fieldsTooLarge: "The header fields are too large."
    case .missingHost: "The Host field is missing."
    case .duplicateHost: "There is more than one Host field."
    case .invalidHost: "The Host field is not valid."
    case .invalidContentLength: "Content-Length is not a number."
    case .conflictingContentLength: "Two Content-Length fields differ."
    case .contentLengthWithTransferEncoding: "Content-Length and Transfer-Encoding are both present."
    case .transferEncodingBeforeHTTP11: "HTTP/1.0 does not support Transfer-Encoding."
    case .repeatedChunkedCoding: "The chunked coding is applied twice."
    case .unsupportedTransferCoding: "This transfer coding is not supported."
    case .unknownExpectation: "This expectation is not supported."
    case .bodyTooLarge: "The body is too large."
    case .malformedChunk: "A chunk of the body is malformed."
    case .malformedStatusLine: "The status line is malformed."
    case .tooManyInterimResponses: "Too many interim responses precede the response."
    case .truncated: "The response ended too early."
    }
  }
}

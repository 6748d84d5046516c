import HTTP
import ProtocolExamples
import Testing

/// What a client sends, the responses that it must get, and the clause of the standard that says so.
struct ComplianceCase: Sendable, CustomTestStringConvertible {
  /// One response.
  struct Answer: Sendable {
    let status: Int
    /// Fields that the response must have, by their lower-case names; nil for one that it must not have.
    var fields: [String: String?] = [:]
    /// Nil when the body does not matter.
    var body: String?
    /// Whether the response has no body, because it answers HEAD.
    var isHead = false
  }

  let clause: String
  let name: String
  let bytes: [UInt8]
  let answers: [Answer]
  /// The first place at which the bytes are split.
  var firstSplit = 1

  var testDescription: String { "\(clause): \(name)" }

  /// Every place of a short request, and about a hundred of a long one.
  var splits: [Int] {
    let places = Array(firstSplit..<max(firstSplit + 1, bytes.count))
    guard places.count > 600 else { return places }
    let step = places.count / 90
    return places.filter { $0 % step == 0 } + places.suffix(8)
  }

  static let all =
    ValidExample.all.map(Self.init)
    + (RefusedExample.all + RefusedExample.limits).map(Self.init)
    + conversations + representations + validJSON + invalidJSON
}

extension ComplianceCase {
  init(_ example: ValidExample) {
    self.init(
      clause: example.clause, name: example.name, bytes: example.bytes,
      answers: zip(example.targets, example.bodies).map { target, body in
        Answer(status: 200, body: "\(target)|\(body)")
      })
  }

  init(_ example: RefusedExample) {
    let shown = String(example.name.debugDescription.dropFirst().dropLast().prefix(64))
    let fields = ["content-type": "application/problem+json", "connection": "close"]
    self.init(
      clause: example.error.clause, name: shown, bytes: example.bytes,
      answers: [Answer(status: example.error.status.code, fields: fields)])
  }

  init(_ clause: String, _ name: String, _ text: String, _ answers: Answer...) {
    self.init(clause: clause, name: name, bytes: Array(text.utf8), answers: answers)
  }
}

extension ParseError {
  /// The section that requires or permits the refusal.
  var clause: String {
    switch self {
    case .bareLineFeed, .tooManyEmptyLines: "RFC 9112, 2.2"
    case .requestLineTooLong: "RFC 9110, 15.5.15"
    case .malformedRequestLine: "RFC 9112, 3"
    case .invalidTarget, .missingHost, .duplicateHost, .invalidHost: "RFC 9112, 3.2"
    case .connectNotSupported: "RFC 9110, 15.6.2"
    case .unsupportedVersion: "RFC 9110, 15.6.6"
    case .malformedField: "RFC 9112, 5"
    case .foldedField: "RFC 9112, 5.2"
    case .tooManyFields, .fieldsTooLarge: "RFC 6585, 5"
    case .invalidContentLength, .conflictingContentLength: "RFC 9112, 6.3"
    case .contentLengthWithTransferEncoding, .transferEncodingBeforeHTTP11, .repeatedChunkedCoding,
      .unsupportedTransferCoding:
      "RFC 9112, 6.1"
    case .unknownExpectation: "RFC 9110, 10.1.1"
    case .bodyTooLarge: "RFC 9110, 15.5.14"
    case .malformedChunk: "RFC 9112, 7.1"
    case .malformedStatusLine: "RFC 9112, 4"
    case .tooManyInterimResponses: "RFC 9110, 15.2"
    case .truncated: "RFC 9112, 8"
    }
  }
}

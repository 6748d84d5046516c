import Cryptography
import Encoding
import HTTP
import Routing
import Schema
import Secrets

/// A platform's signature on its messages, by the Standard Webhooks specification:
/// `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,BASE64(HMAC-SHA256(id.timestamp.body))`.
struct PlatformSignature: Sendable {
  /// How far the sender's clock may differ, in seconds; the specification's own libraries use five minutes.
  static let toleranceSeconds: Int64 = 300
  static let maximumIDBytes = 128
  /// A sender that changes its secret signs with both secrets for a while.
  static let maximumSignatures = 16
  private static let secretPrefix = "whsec_"
  /// A shorter secret can be guessed from one signed message.
  static let safeSecretBytes = 16
  /// What a secret must be, for an operator.
  static let expectation = "must be a text, or whsec_ and base64"
  /// What is said of a secret that works and is too short.
  static let shortness = "has fewer than \(safeSecretBytes) bytes, and can be guessed from one signed message"

  /// The possible keys of the shared secret; a signature must match one of them.
  private let keys: [[UInt8]]

  /// Whether the secret could be guessed.
  var isShort: Bool { keys.allSatisfy { $0.count < Self.safeSecretBytes } }

  /// Reads the shared secret; `nil` for a secret of blanks, and for `whsec_` without base64 after it.
  ///
  /// The specification writes a secret as `whsec_` and base64. Without the prefix its own libraries read base64 and
  /// others plain text, so both readings are tried.
  init?(secret: Secret) {
    let text = secret.reveal()
    guard text.hasPrefix(Self.secretPrefix) else {
      guard text.utf8.contains(where: { $0 > 0x20 }) else { return nil }
      let decoded = Base64.decode(text).flatMap { $0.isEmpty ? nil : $0 }
      keys = [Array(text.utf8)] + (decoded.map { [$0] } ?? [])
      return
    }
    guard let key = Base64.decode(text.dropFirst(Self.secretPrefix.count)), !key.isEmpty else { return nil }
    keys = [key]
  }

  /// The message's id if the message is signed and fresh; otherwise a 401 that does not reveal the failed check.
  func verifiedID(of request: Request, now: Timestamp) throws(Problem) -> String {
    guard let id = request.headers["webhook-id"], Self.isID(id),
      let sent = request.headers["webhook-timestamp"], Self.isFresh(sent, at: now),
      let signatures = request.headers["webhook-signature"]
    else { throw refusal }
    let signed = Array("\(id).\(sent).".utf8) + request.body
    let expected = keys.map { HMAC.sha256(signed, key: $0) }
    let candidates = signatures.utf8.split(separator: UInt8(ascii: " ")).prefix(Self.maximumSignatures)
    let version = "v1,".utf8
    let isSigned = candidates.contains { candidate in
      guard candidate.starts(with: version),
        let given = Base64.decode(Substring(candidate.dropFirst(version.count)))
      else { return false }
      return expected.contains { constantTimeEquals(given, $0) }
    }
    guard isSigned else { throw refusal }
    return id
  }

  /// A full stop in the id would allow another split of the signed text.
  private static func isID(_ text: String) -> Bool {
    (1...maximumIDBytes).contains(text.utf8.count) && !text.utf8.contains(UInt8(ascii: "."))
  }

  private static func isFresh(_ sent: String, at now: Timestamp) -> Bool {
    guard sent.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let seconds = Int64(sent)
    else { return false }
    let clock = now.secondsSinceEpoch
    // A range, not a difference: the sender's number could make a subtraction overflow.
    return (clock - toleranceSeconds...clock + toleranceSeconds).contains(seconds)
  }

  private var refusal: Problem { .unauthorized("the platform's signature is missing, stale or not valid") }
}

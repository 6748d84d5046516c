import Cryptography
import HTTP
import Routing
import Schema
import Secrets

/// The signature that a platform puts on what it sends, by the Standard Webhooks specification:
/// `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,BASE64(HMAC-SHA256(id.timestamp.body))`.
struct PlatformSignature: Sendable {
  /// How far the sender's clock may be off, in seconds; the specification's own libraries use five minutes.
  static let toleranceSeconds: Int64 = 300
  static let maximumIDBytes = 128

  private let key: [UInt8]

  /// Takes the shared secret, `whsec_` and base64 as the specification writes it; any other text is used as it is.
  init(secret: Secret) {
    let text = secret.reveal()
    let encoded = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : nil
    key = encoded.flatMap(Base64.decode) ?? Array(text.utf8)
  }

  /// The message's id where its signature holds and it is fresh; otherwise a 401 that does not tell which check failed.
  func verifiedID(of request: Request, now: Timestamp) throws(Problem) -> String {
    guard let id = request.headers["webhook-id"], (1...Self.maximumIDBytes).contains(id.utf8.count),
      let sent = request.headers["webhook-timestamp"], let seconds = Int64(sent),
      abs(seconds.subtractingReportingOverflow(now.secondsSinceEpoch).partialValue) <= Self.toleranceSeconds,
      let signatures = request.headers["webhook-signature"]
    else { throw refusal }
    let signed = Array("\(id).\(sent).".utf8) + request.body
    let expected = HMAC.sha256(signed, key: key)
    let matches = signatures.split(separator: " ").contains { candidate in
      guard candidate.hasPrefix("v1,"), let given = Base64.decode(String(candidate.dropFirst(3))) else {
        return false
      }
      return constantTimeEquals(given, expected)
    }
    guard matches else { throw refusal }
    return id
  }

  private var refusal: Problem { .unauthorized("the platform's signature is missing, stale or wrong") }
}

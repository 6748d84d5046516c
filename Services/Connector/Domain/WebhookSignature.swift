import Cryptography
import Encoding

/// The signature of a delivery by the Standard Webhooks specification.
enum WebhookSignature {
  /// The value of `webhook-signature`: one signature for each key, separated by spaces.
  static func value(id: String, second: Int64, body: [UInt8], keys: [[UInt8]]) -> String {
    let signed = Array("\(id).\(second).".utf8) + body
    return keys.map { "v1,\(Base64.encode(HMAC.sha256(signed, key: $0)))" }.joined(separator: " ")
  }
}

import Cryptography
import Secrets

/// Webhook secrets at rest: sealed with AES-256-GCM under a key that only the connector holds.
///
/// The owner's id is bound in as associated data: a sealed secret moved to another owner's row no longer opens.
struct WebhookSecretBox: Sendable {
  static let keyBytes = 32
  /// The size that Standard Webhooks recommends for symmetric secrets (24 to 64 bytes).
  static let secretBytes = 32

  private let key: [UInt8]

  /// Takes the key as base64; `nil` where it is not 32 bytes.
  init?(key: Secret) {
    guard let bytes = Base64.decode(key.reveal()), bytes.count == Self.keyBytes else { return nil }
    self.key = bytes
  }

  /// A new secret: the text for the subscriber, and the sealed form for the table.
  func makeSecret(ownerID: Int64) throws -> (text: String, sealed: String) {
    let secret = SecureRandom.bytes(Self.secretBytes)
    let sealed = try AESGCM.seal(secret, key: key, associatedData: Array("webhook:\(ownerID)".utf8))
    return ("whsec_" + Base64.encode(secret), Base64.encode(sealed))
  }
}

import Cryptography
import Encoding
import Secrets

/// Webhook secrets at rest: sealed with AES-256-GCM under a key that only the connector holds.
///
/// The owner's id is bound in as associated data: a sealed secret moved to another owner's row no longer opens.
struct WebhookSecretBox: Sendable {
  static let keyBytes = AESGCM.keyByteCount
  /// The size that Standard Webhooks recommends for symmetric secrets (24 to 64 bytes).
  static let secretBytes = 32

  private let key: [UInt8]

  /// Takes the key as base64; `nil` where it is not 32 bytes.
  init?(key: Secret) {
    guard let bytes = Base64.decode(key.reveal()), bytes.count == Self.keyBytes else { return nil }
    self.key = bytes
  }

  /// A new secret: the text for the subscriber, and the sealed form for the table.
  func makeSecret(ownerID: Int64) throws(CryptographyError) -> (text: String, sealed: String) {
    let secret = SecureRandom.bytes(Self.secretBytes)
    let sealed = try AESGCM.seal(secret, key: key, associatedData: Self.context(ownerID))
    return (Self.text(secret), Base64.encode(sealed))
  }

  /// The subscriber's text again, for whoever must sign with it.
  /// - Throws: `authenticationFailed` for another owner's secret, for another key, and for what was changed.
  func open(_ sealed: String, ownerID: Int64) throws(CryptographyError) -> String {
    guard let bytes = Base64.decode(sealed) else { throw .authenticationFailed }
    return Self.text(try AESGCM.open(bytes, key: key, associatedData: Self.context(ownerID)))
  }

  private static func text(_ secret: [UInt8]) -> String { "whsec_" + Base64.encode(secret) }

  private static func context(_ ownerID: Int64) -> [UInt8] { Array("webhook:\(ownerID)".utf8) }
}

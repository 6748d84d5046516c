import Cryptography
import Encoding
import Secrets

/// Seals webhook secrets at rest with AES-256-GCM, under a key that only the connector has.
///
/// The owner's id is associated data: a sealed secret in another owner's row does not open.
struct WebhookSecretBox: Sendable {
  static let keyBytes = AESGCM.keyByteCount
  /// The size that Standard Webhooks recommends for symmetric secrets (24 to 64 bytes).
  static let secretBytes = 32

  private let key: [UInt8]

  /// Reads the key as base64; `nil` unless it is 32 bytes.
  init?(key: Secret) {
    guard let bytes = Base64.decode(key.reveal()), bytes.count == Self.keyBytes else { return nil }
    self.key = bytes
  }

  /// A new secret: the text for the subscriber and the sealed form for the table.
  func makeSecret(ownerID: Int64) throws(CryptographyError) -> (text: String, sealed: String) {
    let secret = SecureRandom.bytes(Self.secretBytes)
    let sealed = try AESGCM.seal(secret, key: key, associatedData: Self.context(ownerID))
    return (Self.text(secret), Base64.encode(sealed))
  }

  /// The subscriber's text, for signing a delivery.
  /// - Throws: `authenticationFailed` for another owner's secret, another key, or changed bytes.
  func open(_ sealed: String, ownerID: Int64) throws(CryptographyError) -> String {
    guard let bytes = Base64.decode(sealed) else { throw .authenticationFailed }
    return Self.text(try AESGCM.open(bytes, key: key, associatedData: Self.context(ownerID)))
  }

  private static func text(_ secret: [UInt8]) -> String { "whsec_" + Base64.encode(secret) }

  private static func context(_ ownerID: Int64) -> [UInt8] { Array("webhook:\(ownerID)".utf8) }
}

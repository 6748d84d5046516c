import Cryptography
import Encoding
import Schema
import Secrets

/// Seals webhook secrets at rest with AES-256-GCM, under a key that only the connector has.
///
/// The owner's id is associated data: a sealed secret in another owner's row does not open. While a secret rotates, the
/// column has two: `SEALED SEALED@SECOND`, of which the latter counts until that second.
struct WebhookSecretBox: Sendable {
  static let keyBytes = AESGCM.keyByteCount
  /// The size that Standard Webhooks recommends for symmetric secrets (24 to 64 bytes).
  static let secretBytes = 32
  /// How long deliveries are signed with the former secret too, so that a subscriber has time to change over.
  static let rotationSeconds: Int64 = 86_400

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

  /// As ``makeSecret(ownerID:)``, with the present secret of the column beside the new one for a while.
  func rotatedSecret(
    from stored: String, ownerID: Int64, at now: Timestamp
  ) throws(CryptographyError) -> (text: String, sealed: String) {
    let made = try makeSecret(ownerID: ownerID)
    let present = stored.prefix { $0 != " " }
    let end = now.adding(seconds: Self.rotationSeconds).secondsSinceEpoch
    return (made.text, "\(made.sealed) \(present)@\(end)")
  }

  /// The subscriber's text of the present secret.
  /// - Throws: `authenticationFailed` for another owner's secret, another key, or changed bytes.
  func open(_ stored: String, ownerID: Int64) throws(CryptographyError) -> String {
    Self.text(try bytes(stored.prefix { $0 != " " }, ownerID))
  }

  /// The keys that sign a delivery, the present one first.
  /// - Throws: As ``open(_:ownerID:)``.
  func signingKeys(_ stored: String, ownerID: Int64, at now: Timestamp) throws(CryptographyError) -> [[UInt8]]
  {
    let parts = stored.split(separator: " ", maxSplits: 1)
    guard let present = parts.first else { throw .authenticationFailed }
    var keys = [try bytes(present, ownerID)]
    guard parts.count == 2, let mark = parts[1].lastIndex(of: "@"),
      let end = Int64(parts[1][mark...].dropFirst()), now.secondsSinceEpoch < end
    else { return keys }
    keys.append(try bytes(parts[1][..<mark], ownerID))
    return keys
  }

  private func bytes(_ sealed: Substring, _ ownerID: Int64) throws(CryptographyError) -> [UInt8] {
    guard let bytes = Base64.decode(sealed) else { throw .authenticationFailed }
    return try AESGCM.open(bytes, key: key, associatedData: Self.context(ownerID))
  }

  private static func text(_ secret: [UInt8]) -> String { "whsec_" + Base64.encode(secret) }

  private static func context(_ ownerID: Int64) -> [UInt8] { Array("webhook:\(ownerID)".utf8) }
}

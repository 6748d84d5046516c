import COpenSSL

/// Authenticated encryption with AES-256 in Galois/Counter Mode (NIST SP 800-38D).
///
/// A sealed message is `nonce (12) | ciphertext | tag (16)`. Associated data is authenticated but not stored: give the
/// row's identity, and a ciphertext that was copied to another row does not open there.
package enum AESGCM {
  /// The length of a key in bytes.
  package static let keyByteCount = 32
  /// The longest message that is sealed: 64 MiB.
  package static let maximumMessageBytes = 64 << 20

  static let nonceByteCount = 12
  static let tagByteCount = 16

  /// Seals the message under a fresh random nonce.
  ///
  /// Random nonces of 96 bits are safe for 2^32 messages under one key.
  /// - Throws: `invalidParameter` for a key of another length or a message beyond ``maximumMessageBytes``.
  package static func seal(
    _ message: [UInt8], key: [UInt8], associatedData: [UInt8] = []
  ) throws(CryptographyError) -> [UInt8] {
    try seal(message, key: key, associatedData: associatedData, nonce: SecureRandom.bytes(nonceByteCount))
  }

  static func seal(
    _ message: [UInt8], key: [UInt8], associatedData: [UInt8], nonce: [UInt8]
  ) throws(CryptographyError) -> [UInt8] {
    guard message.count <= maximumMessageBytes else { throw .invalidParameter("message too long") }
    let cipher = try AESGCMCipher(.seal, key: key, nonce: nonce)
    try cipher.authenticate(associatedData)
    return nonce + (try cipher.process(message)) + (try cipher.finishSealing())
  }

  /// Opens what ``seal(_:key:associatedData:)`` made.
  /// - Throws: `authenticationFailed` when key, associated data or any sealed bit differ; nothing is revealed then.
  package static func open(
    _ sealed: [UInt8], key: [UInt8], associatedData: [UInt8] = []
  ) throws(CryptographyError) -> [UInt8] {
    guard sealed.count >= nonceByteCount + tagByteCount,
      sealed.count <= maximumMessageBytes + nonceByteCount + tagByteCount
    else { throw .authenticationFailed }
    let cipher = try AESGCMCipher(.open, key: key, nonce: Array(sealed.prefix(nonceByteCount)))
    try cipher.authenticate(associatedData)
    let message = try cipher.process(Array(sealed[nonceByteCount..<(sealed.count - tagByteCount)]))
    try cipher.finishOpening(tag: Array(sealed.suffix(tagByteCount)))
    return message
  }
}

import COpenSSL

/// Authenticated encryption with AES-256 in Galois/Counter Mode (NIST SP 800-38D).
///
/// A sealed message is `nonce (12) | ciphertext | tag (16)`. Associated data is authenticated but not stored. Pass the
/// row's identity, so that a ciphertext copied to another row does not open there.
package enum AESGCM {
  /// The length of a key in bytes.
  package static let keyByteCount = 32
  /// The longest accepted message: 64 MiB.
  package static let maximumMessageBytes = 64 << 20

  static let nonceByteCount = 12
  static let tagByteCount = 16

  /// Seals the message under a fresh random nonce.
  ///
  /// Random nonces of 96 bits are safe for 2^32 messages under one key.
  /// - Throws: `invalidParameter` for a key of the wrong length or a message longer than ``maximumMessageBytes``.
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

  /// Opens a message that ``seal(_:key:associatedData:)`` sealed.
  /// - Throws: `authenticationFailed` when the key, the associated data or any sealed bit differs. The error reveals
  ///   nothing of the message.
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

/// libcrypto's cipher context for one message. Its `deinit` frees the context.
private struct AESGCMCipher: ~Copyable {
  enum Direction: Int32 {
    case open = 0
    case seal = 1
  }

  private let context: OpaquePointer

  init(_ direction: Direction, key: [UInt8], nonce: [UInt8]) throws(CryptographyError) {
    guard key.count == AESGCM.keyByteCount else { throw .invalidParameter("key length") }
    guard nonce.count == AESGCM.nonceByteCount else { throw .invalidParameter("nonce length") }
    guard let context = EVP_CIPHER_CTX_new() else { throw .fromLibrary("EVP_CIPHER_CTX_new") }
    guard EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, direction.rawValue, nil) == 1 else {
      EVP_CIPHER_CTX_free(context)
      throw .fromLibrary("AES-256-GCM")
    }
    self.context = context
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  func authenticate(_ bytes: [UInt8]) throws(CryptographyError) {
    guard !bytes.isEmpty else { return }
    var written: Int32 = 0
    guard EVP_CipherUpdate(context, nil, &written, bytes, Int32(bytes.count)) == 1 else {
      throw .fromLibrary("AES-256-GCM context")
    }
  }

  func process(_ bytes: [UInt8]) throws(CryptographyError) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    var output = [UInt8](repeating: 0, count: bytes.count)
    var written: Int32 = 0
    guard EVP_CipherUpdate(context, &output, &written, bytes, Int32(bytes.count)) == 1 else {
      throw .fromLibrary("AES-256-GCM message")
    }
    return output
  }

  func finishSealing() throws(CryptographyError) -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: AESGCM.tagByteCount)
    var written: Int32 = 0
    var nothing: UInt8 = 0
    guard EVP_CipherFinal_ex(context, &nothing, &written) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag) == 1
    else { throw .fromLibrary("AES-256-GCM tag") }
    return tag
  }

  func finishOpening(tag: [UInt8]) throws(CryptographyError) {
    var tag = tag
    var written: Int32 = 0
    var nothing: UInt8 = 0
    guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1,
      EVP_CipherFinal_ex(context, &nothing, &written) == 1
    else {
      ERR_clear_error()
      throw .authenticationFailed
    }
  }
}

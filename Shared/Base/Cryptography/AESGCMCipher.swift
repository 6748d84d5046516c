import COpenSSL

/// libcrypto's cipher context for one message, freed with this value.
struct AESGCMCipher: ~Copyable {
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

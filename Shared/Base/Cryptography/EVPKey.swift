import COpenSSL
import Synchronization

/// Owns one `EVP_PKEY`. The lock makes sharing safe: libcrypto may write to caches inside a key while it uses the key.
final class EVPKey: Sendable {
  private let handle: Mutex<OpaquePointer>

  /// Takes ownership of the caller's reference.
  private init(adopting handle: sending OpaquePointer) { self.handle = Mutex(handle) }

  deinit { handle.withLock { EVP_PKEY_free($0) } }

  func withHandle<T: Sendable>(
    _ body: (OpaquePointer) throws(CryptographyError) -> T
  ) throws(CryptographyError) -> T {
    try handle.withLock { (handle) throws(CryptographyError) -> T in try body(handle) }
  }

  static func privateKey(seed: [UInt8]) throws(CryptographyError) -> EVPKey {
    try raw(seed, EVP_PKEY_new_raw_private_key)
  }

  static func publicKey(bytes: [UInt8]) throws(CryptographyError) -> EVPKey {
    try raw(bytes, EVP_PKEY_new_raw_public_key)
  }

  private static func raw(
    _ bytes: [UInt8], _ make: (Int32, OpaquePointer?, UnsafePointer<UInt8>?, Int) -> OpaquePointer?
  ) throws(CryptographyError) -> EVPKey {
    guard bytes.count == Ed25519.keyByteCount else { throw .malformedKey("an Ed25519 key has 32 bytes") }
    guard let key = make(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
      throw .fromLibrary("Ed25519 key")
    }
    return EVPKey(adopting: key)
  }

  /// Reads an unencrypted PKCS#8 private key.
  static func privateKey(pem: [UInt8]) throws(CryptographyError) -> EVPKey {
    guard let source = BIO_new_mem_buf(pem, Int32(pem.count)) else { throw .fromLibrary("BIO_new_mem_buf") }
    // Without a callback libcrypto prompts for a passphrase on the terminal.
    let key = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil)
    BIO_free(source)
    guard let key else {
      ERR_clear_error()
      throw .malformedKey("not an unencrypted PKCS#8 private key in PEM")
    }
    guard EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 else {
      EVP_PKEY_free(key)
      throw .malformedKey("not an Ed25519 key")
    }
    return EVPKey(adopting: key)
  }

  /// Reads a public RSA key.
  static func rsaPublicKey(pem: [UInt8]) throws(CryptographyError) -> EVPKey {
    guard let source = BIO_new_mem_buf(pem, Int32(pem.count)) else { throw .fromLibrary("BIO_new_mem_buf") }
    let key = PEM_read_bio_PUBKEY(source, nil, nil, nil)
    BIO_free(source)
    guard let key else {
      ERR_clear_error()
      throw .malformedKey("not a public key in PEM")
    }
    guard EVP_PKEY_get_id(key) == EVP_PKEY_RSA, EVP_PKEY_get_bits(key) >= RSAPublicKey.minimumBits else {
      EVP_PKEY_free(key)
      throw .malformedKey("not an RSA key of at least \(RSAPublicKey.minimumBits) bits")
    }
    return EVPKey(adopting: key)
  }
}

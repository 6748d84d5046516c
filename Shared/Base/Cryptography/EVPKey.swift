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
    // Without a callback libcrypto prompts for a passphrase on the terminal.
    try parsed(
      pem, "an unencrypted PKCS#8 private key",
      by: { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) },
      "an Ed25519 key", when: { EVP_PKEY_get_id($0) == EVP_PKEY_ED25519 })
  }

  /// Reads a public RSA key.
  static func rsaPublicKey(pem: [UInt8]) throws(CryptographyError) -> EVPKey {
    try parsed(
      pem, "a public key", by: { PEM_read_bio_PUBKEY($0, nil, nil, nil) },
      "an RSA key of at least \(RSAPublicKey.minimumBits) bits",
      when: { EVP_PKEY_get_id($0) == EVP_PKEY_RSA && EVP_PKEY_get_bits($0) >= RSAPublicKey.minimumBits })
  }

  /// Reads a key in PEM of the kind for which `isUsable` holds. `form` and `kind` say what was expected.
  private static func parsed(
    _ pem: [UInt8], _ form: String, by read: (OpaquePointer) -> OpaquePointer?,
    _ kind: String, when isUsable: (OpaquePointer) -> Bool
  ) throws(CryptographyError) -> EVPKey {
    guard let source = BIO_new_mem_buf(pem, Int32(pem.count)) else { throw .fromLibrary("BIO_new_mem_buf") }
    let key = read(source)
    BIO_free(source)
    guard let key else {
      ERR_clear_error()
      throw .malformedKey("not \(form) in PEM")
    }
    guard isUsable(key) else {
      EVP_PKEY_free(key)
      throw .malformedKey("not \(kind)")
    }
    return EVPKey(adopting: key)
  }
}

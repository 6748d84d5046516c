import COpenSSL

extension Ed25519 {
  /// A signing key. Its description hides the key; only ``pem()`` returns it as text.
  package struct PrivateKey: Sendable {
    private let key: EVPKey
    /// The key that verifies this key's signatures.
    package let publicKey: PublicKey

    /// The longest accepted PEM text, in bytes.
    package static let maximumPEMBytes = 16 << 10

    private init(_ key: EVPKey) throws(CryptographyError) {
      self.key = key
      var bytes = [UInt8](repeating: 0, count: Ed25519.keyByteCount)
      try key.withHandle { (handle) throws(CryptographyError) in
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(handle, &bytes, &count) == 1 else {
          throw .fromLibrary("Ed25519 public key")
        }
      }
      publicKey = try PublicKey(bytes: bytes)
    }

    /// A new key from a random seed (RFC 8032, section 5.1.5).
    package static func generate() throws(CryptographyError) -> PrivateKey {
      try PrivateKey(seed: SecureRandom.bytes(Ed25519.keyByteCount))
    }

    /// The key with this 32-byte seed: `d` of a JWK (RFC 8037, section 2).
    package init(seed: [UInt8]) throws(CryptographyError) {
      try self.init(EVPKey.privateKey(seed: seed))
    }

    /// Reads an unencrypted `-----BEGIN PRIVATE KEY-----` (PKCS#8, RFC 8410).
    /// - Throws: `malformedKey` for any other text, including other kinds of keys.
    package init(pem: String) throws(CryptographyError) {
      let bytes = Array(pem.utf8)
      guard bytes.count <= Self.maximumPEMBytes else { throw .malformedKey("the text is too long") }
      try self.init(EVPKey.privateKey(pem: bytes))
    }

    /// The key as unencrypted PKCS#8 text. Write it only to a file that its owner alone can read.
    package func pem() throws(CryptographyError) -> String {
      try key.withHandle { (handle) throws(CryptographyError) in
        guard let sink = BIO_new(BIO_s_mem()) else { throw .fromLibrary("BIO_new") }
        defer { BIO_free(sink) }
        guard PEM_write_bio_PKCS8PrivateKey(sink, handle, nil, nil, 0, nil, nil) == 1 else {
          throw .fromLibrary("PEM_write_bio_PKCS8PrivateKey")
        }
        var text = [UInt8](repeating: 0, count: Self.maximumPEMBytes)
        let count = BIO_read(sink, &text, Int32(text.count))
        guard count > 0 else { throw .fromLibrary("BIO_read") }
        return String(decoding: text.prefix(Int(count)), as: UTF8.self)
      }
    }

    /// The signature of the message: 64 bytes. Ed25519 is deterministic, so a message has one signature per key.
    package func sign(_ message: [UInt8]) -> [UInt8] {
      let signature = try? key.withHandle { (handle) throws(CryptographyError) in
        guard let context = EVP_MD_CTX_new() else { throw .fromLibrary("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: Ed25519.signatureByteCount)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, handle) == 1,
          EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        else { throw .fromLibrary("Ed25519 sign") }
        return signature
      }
      guard let signature else { preconditionFailure("libcrypto could not sign with Ed25519: out of memory") }
      return signature
    }
  }
}

extension Ed25519.PrivateKey: CustomStringConvertible, CustomReflectable {
  /// Always `<private key>`.
  package var description: String { "<private key>" }
  /// A mirror without children, so that `dump` shows nothing.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

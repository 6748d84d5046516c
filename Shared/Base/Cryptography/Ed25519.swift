import COpenSSL

/// Edwards-curve signatures over Curve25519 (RFC 8032): keys of 32 bytes, signatures of 64 bytes, no parameters.
package enum Ed25519 {
  /// The length of a private seed and of a public key in bytes.
  package static let keyByteCount = 32
  /// The length of a signature in bytes.
  package static let signatureByteCount = 64
}

extension Ed25519 {
  /// A key that verifies signatures. It is not secret.
  package struct PublicKey: Sendable {
    /// The key's 32 bytes: `x` of a JWK (RFC 8037, section 2).
    package let bytes: [UInt8]
    private let key: EVPKey

    /// The key with these 32 bytes.
    /// - Throws: `malformedKey` for another length.
    package init(bytes: [UInt8]) throws(CryptographyError) {
      self.bytes = bytes
      key = try EVPKey.publicKey(bytes: bytes)
    }

    /// Whether this key verifies the signature of the message. Takes about 100 microseconds.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
      guard signature.count == Ed25519.signatureByteCount else { return false }
      let verdict = try? key.withHandle { (handle) throws(CryptographyError) in
        guard let context = EVP_MD_CTX_new() else { throw .fromLibrary("EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, handle) == 1,
          EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        else { throw .fromLibrary("Ed25519 verify") }
        return true
      }
      return verdict ?? false
    }
  }
}

extension Ed25519.PublicKey: Hashable {
  /// Compares the bytes of the keys.
  package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
  /// Hashes the bytes only.
  package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

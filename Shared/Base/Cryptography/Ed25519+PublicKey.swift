import COpenSSL

extension Ed25519 {
  /// A key that verifies signatures; free to publish.
  package struct PublicKey: Sendable {
    /// The 32 bytes of the key, which are `x` of a JWK (RFC 8037, section 2).
    package let bytes: [UInt8]
    private let key: EVPKey

    /// The key with these 32 bytes.
    /// - Throws: `malformedKey` for another length.
    package init(bytes: [UInt8]) throws(CryptographyError) {
      self.bytes = bytes
      key = try EVPKey.publicKey(bytes: bytes)
    }

    /// Whether the signature is this key's for the message. Costs some 100 microseconds.
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
  /// Keys are equal when their bytes are.
  package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
  /// Hashes the bytes alone.
  package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

import COpenSSL

/// A public RSA key, for which a secret is encrypted: RSAES-OAEP with SHA-1 and MGF1 (RFC 8017, section 7.1).
///
/// The padding is the one that MySQL's `caching_sha2_password` prescribes. OAEP does not need a hash without collisions.
package struct RSAPublicKey: Sendable {
  /// The shortest key that counts as safe.
  package static let minimumBits = 2_048

  private let key: EVPKey

  /// Reads a `PUBLIC KEY` block in PEM (RFC 7468, section 13).
  /// - Throws: `malformedKey` for another text, another kind of key, and a key of fewer than ``minimumBits``.
  package init(pem: [UInt8]) throws(CryptographyError) {
    key = try EVPKey.rsaPublicKey(pem: pem)
  }

  /// Encrypts a message for the owner of the private key. Each call has another result.
  /// - Throws: `invalidParameter` for a message that is too long: of a key of 2,048 bits, more than 214 bytes.
  package func encrypt(_ message: [UInt8]) throws(CryptographyError) -> [UInt8] {
    try key.withHandle { (handle) throws(CryptographyError) -> [UInt8] in
      guard message.count <= Int(EVP_PKEY_get_size(handle)) - Self.paddingBytes else {
        throw .invalidParameter("message too long for the key")
      }
      guard let context = EVP_PKEY_CTX_new(handle, nil) else { throw .fromLibrary("EVP_PKEY_CTX_new") }
      defer { EVP_PKEY_CTX_free(context) }
      var count = Int(EVP_PKEY_get_size(handle))
      var output = [UInt8](repeating: 0, count: count)
      guard EVP_PKEY_encrypt_init(context) == 1,
        EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1,
        EVP_PKEY_encrypt(context, &output, &count, message, message.count) == 1
      else { throw .fromLibrary("RSA-OAEP") }
      return Array(output.prefix(count))
    }
  }

  /// What OAEP adds: two digests of SHA-1 and two bytes.
  private static let paddingBytes = 42
}

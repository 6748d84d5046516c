import COpenSSL

/// Keyed-hash message authentication (RFC 2104).
package enum HMAC {
  /// HMAC-SHA-256 of the message: 32 bytes. Compare it with ``constantTimeEquals(_:_:)``, never with `==`.
  package static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { tag, count in
      // libcrypto reuses the last key when the key pointer is null, and an empty array may have a null pointer.
      let keyBytes = key.isEmpty ? [0] : key
      let result = COpenSSL.HMAC(
        EVP_sha256(), keyBytes, Int32(key.count), message, message.count, tag.baseAddress, nil)
      precondition(result != nil, "libcrypto could not compute HMAC-SHA-256: out of memory")
      count = SHA256.byteCount
    }
  }
}

/// Whether two byte strings are equal, in a time that depends only on their lengths.
///
/// Use it for tags, tokens and password hashes: the time of `==` reveals the position of the first difference.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return CRYPTO_memcmp(left, right, left.count) == 0
}

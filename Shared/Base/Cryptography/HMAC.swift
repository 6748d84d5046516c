import COpenSSL

/// Keyed-hash message authentication (RFC 2104).
package enum HMAC {
  /// HMAC-SHA-256 of the message: 32 bytes. Compare it with ``constantTimeEquals(_:_:)``, never with `==`.
  package static func sha256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { tag, count in
      // A null key pointer means "reuse the last key" to libcrypto, and an empty array may give one.
      let keyBytes = key.isEmpty ? [0] : key
      let result = COpenSSL.HMAC(
        EVP_sha256(), keyBytes, Int32(key.count), message, message.count, tag.baseAddress, nil)
      precondition(result != nil, "libcrypto could not compute HMAC-SHA-256: out of memory")
      count = SHA256.byteCount
    }
  }
}

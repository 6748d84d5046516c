import COpenSSL

/// SHA-1 (FIPS 180-4), only for formats of others that prescribe it. Collisions can be made, so it protects nothing by
/// itself.
package enum SHA1 {
  /// The length of a digest in bytes.
  package static let byteCount = 20

  /// The digest of the bytes: 20 bytes.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { digest, count in
      let status = EVP_Digest(bytes, bytes.count, digest.baseAddress, nil, EVP_sha1(), nil)
      precondition(status == 1, "libcrypto could not compute SHA-1: out of memory or switched off")
      count = byteCount
    }
  }
}

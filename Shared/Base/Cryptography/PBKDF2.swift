import COpenSSL

/// Password-based key derivation (RFC 8018, section 5.2) with HMAC-SHA-256. SCRAM uses it.
package enum PBKDF2 {
  /// The highest accepted iteration count. A higher count indicates parameters that the caller must not trust.
  package static let maximumIterations = 1_000_000

  /// Derives `byteCount` bytes.
  /// - Throws: `invalidParameter` when `iterations` is outside 1 ... ``maximumIterations`` or `byteCount` is outside
  ///   1 ... 1024.
  package static func sha256(
    password: [UInt8], salt: [UInt8], iterations: Int, byteCount: Int = SHA256.byteCount
  ) throws(CryptographyError) -> [UInt8] {
    guard (1...maximumIterations).contains(iterations) else { throw .invalidParameter("iterations") }
    guard (1...1024).contains(byteCount) else { throw .invalidParameter("byteCount") }
    var key = [UInt8](repeating: 0, count: byteCount)
    let status = password.withUnsafeBytes { password in
      PKCS5_PBKDF2_HMAC(
        password.bindMemory(to: CChar.self).baseAddress, Int32(password.count), salt, Int32(salt.count),
        Int32(iterations), EVP_sha256(), Int32(byteCount), &key)
    }
    guard status == 1 else { throw .fromLibrary("PBKDF2") }
    return key
  }
}

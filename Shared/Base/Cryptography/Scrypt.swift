import COpenSSL

/// The scrypt key derivation function (RFC 7914): slow on purpose, and it needs memory, so guessing is dear.
enum Scrypt {
  static func deriveKey(
    password: [UInt8], salt: [UInt8], cost: ScryptCost, byteCount: Int
  ) throws(CryptographyError) -> [UInt8] {
    var key = [UInt8](repeating: 0, count: byteCount)
    let status = password.withUnsafeBytes { password in
      EVP_PBE_scrypt(
        password.bindMemory(to: CChar.self).baseAddress, password.count, salt, salt.count,
        UInt64(1) << UInt64(cost.logarithmOfN), UInt64(cost.blockSize), UInt64(cost.parallelism),
        UInt64(ScryptCost.maximumMemoryBytes) + headroomBytes, &key, byteCount)
    }
    guard status == 1 else { throw .fromLibrary("scrypt") }
    return key
  }

  /// What libcrypto counts beside the big table: the block buffers of every lane.
  private static let headroomBytes: UInt64 = 1 << 20
}

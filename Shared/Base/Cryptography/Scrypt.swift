import COpenSSL

/// The scrypt key derivation function (RFC 7914). It costs time and memory, which makes guessing passwords expensive.
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

  /// Memory that libcrypto counts beside the large table: the block buffers of every lane.
  private static let headroomBytes: UInt64 = 1 << 20
}

/// The cost of one scrypt computation: 2^`logarithmOfN` rounds over blocks of 128 x `blockSize` bytes.
///
/// The initializer enforces the limits, so that a stored string cannot demand excessive memory or time.
package struct ScryptCost: Sendable, Hashable {
  /// The base-2 logarithm of N; `ln` in a PHC string.
  package let logarithmOfN: Int
  /// `r` in a PHC string.
  package let blockSize: Int
  /// `p` in a PHC string.
  package let parallelism: Int

  /// The memory limit of one computation: 64 MiB.
  package static let maximumMemoryBytes = 64 << 20
  /// The highest number of lanes. Each lane costs the full time again.
  package static let maximumParallelism = 4
  /// The largest block size. A larger one would only bypass the other limits.
  package static let maximumBlockSize = 32

  /// The cost for users' passwords: 32 MiB, about 60 ms on one core of 2024.
  package static let standard = ScryptCost(unchecked: 15, 8, 1)
  /// The lowest cost, for tests, which hash often and protect nothing.
  package static let minimum = ScryptCost(unchecked: 1, 8, 1)

  /// The cost, or nil when it is outside the limits.
  package init?(logarithmOfN: Int, blockSize: Int = 8, parallelism: Int = 1) {
    guard (1...24).contains(logarithmOfN), (1...Self.maximumBlockSize).contains(blockSize),
      (1...Self.maximumParallelism).contains(parallelism),
      (128 << logarithmOfN) * blockSize <= Self.maximumMemoryBytes,
      // RFC 7914, section 2: N must be less than 2^(128 * r / 8).
      logarithmOfN < 16 * blockSize
    else { return nil }
    self.init(unchecked: logarithmOfN, blockSize, parallelism)
  }

  private init(unchecked logarithmOfN: Int, _ blockSize: Int, _ parallelism: Int) {
    self.logarithmOfN = logarithmOfN
    self.blockSize = blockSize
    self.parallelism = parallelism
  }
}

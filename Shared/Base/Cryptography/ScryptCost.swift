/// How dear one scrypt computation is: 2^`logarithmOfN` rounds over blocks of 128 x `blockSize` bytes.
///
/// A value outside the limits cannot be made, so that a stored string cannot ask for all memory or for an hour.
package struct ScryptCost: Sendable, Hashable {
  /// The base-2 logarithm of N; `ln` in a PHC string.
  package let logarithmOfN: Int
  /// `r` in a PHC string.
  package let blockSize: Int
  /// `p` in a PHC string.
  package let parallelism: Int

  /// The most memory one computation may take: 64 MiB.
  package static let maximumMemoryBytes = 64 << 20
  /// The most lanes one computation may have; each costs the whole time again.
  package static let maximumParallelism = 4
  /// The most a block may have; more would only serve to get around the other limits.
  package static let maximumBlockSize = 32

  /// What passwords are hashed with: 32 MiB, some 60 ms on one core of 2024.
  package static let standard = ScryptCost(unchecked: 15, 8, 1)
  /// The cheapest cost: for tests, which hash often and protect nothing.
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

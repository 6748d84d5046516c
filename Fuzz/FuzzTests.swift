import Foundation
import TestSupport
import Testing

/// A short run of each fuzz target, without the fuzzer: its seeds, and damaged ones. `make fuzz` finds its way into the code
/// and takes a build of its own; this needs neither.
@Suite struct FuzzTests {
  private static let inputsPerSeed = 150
  private static let seed: UInt64 = 0x0BAD_5EED_0BAD_5EED

  @Test(arguments: FuzzTarget.allCases)
  func `what must hold of a target holds for its seeds and for damaged ones`(_ target: FuzzTarget) throws {
    let seeds = try Self.seeds(of: target)
    #expect(seeds.count >= 2)
    var random = Damage(generator: SplitMix64(seed: Self.seed))
    for seed in seeds {
      seed.withUnsafeBytes { target.check($0) }
      for _ in 0..<Self.inputsPerSeed {
        random.damaged(seed, with: seeds).withUnsafeBytes { target.check($0) }
      }
    }
  }

  @Test func `a broken promise ends the process`() async {
    await #expect(processExitsWith: .failure) {
      setenv("FUZZ_SELF_TEST", "1", 1)
      // The place of the planted crash: a list that begins with a number.
      Array("[7]".utf8).withUnsafeBytes { FuzzTarget.json.check($0) }
    }
  }

  private static func seeds(of target: FuzzTarget) throws -> [[UInt8]] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Seeds/\(target.rawValue)")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .sorted { $0.path < $1.path }
      .map { [UInt8](try Data(contentsOf: $0)) }
  }
}

/// Changes bytes at random.
private struct Damage {
  var generator: SplitMix64

  /// The bytes with one to four changes: a byte, a piece that is missing, stands twice or comes from another seed.
  mutating func damaged(_ bytes: [UInt8], with others: [[UInt8]]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0...3, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      let length = Int.random(in: 1...8, using: &generator)
      switch Int.random(in: 0...4, using: &generator) {
      case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + length))
      case 3: bytes.insert(contentsOf: bytes[place...].prefix(length), at: place)
      default:
        let other = others.randomElement(using: &generator) ?? []
        let start = Int.random(in: 0...other.count, using: &generator)
        bytes.insert(contentsOf: other[start...].prefix(length * 4), at: place)
      }
    }
    return bytes
  }
}

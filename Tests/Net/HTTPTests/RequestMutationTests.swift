import HTTP
import ProtocolExamples
import TestSupport
import Testing

/// Random damage to valid requests. The parser never crashes, and its result does not depend on how the bytes are
/// split.
@Suite struct RequestMutationTests {
  private static let mutations = 20_000
  private static let seed: UInt64 = 0x5EED_0FB0_1C4E_AD00
  private static let limits = RequestLimits(
    requestLineBytes: 64, headerBytes: 160, headerCount: 6, bodyBytes: 40)

  @Test func `a damaged request has the same result for every split of its bytes`() {
    var random = SplitMix64(seed: Self.seed)
    let examples = ValidExample.all.map(\.bytes)
    var refused = 0
    for round in 0..<Self.mutations {
      let bytes = mutate(examples[Int(random.next() % UInt64(examples.count))], using: &random)
      let whole = Transcript.whole(bytes, limits: Self.limits)
      refused += whole.error == nil ? 0 : 1
      let cut = bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count))
      let isSame =
        Transcript.split(bytes, at: cut, limits: Self.limits) == whole
        && Transcript.byteByByte(bytes, limits: Self.limits) == whole
      #expect(isSame, "round \(round), split at \(cut): \(bytes)")
    }
    // The test is meaningful only if some of the damaged requests are refused and others are accepted.
    #expect(refused > Self.mutations / 10)
    #expect(refused < Self.mutations * 9 / 10)
  }

  private static let interesting = Array("\r\n \t:;,%/?*\u{0}\u{7F}09aFGETHost".utf8) + [0x80, 0xFF]

  private func mutate(_ bytes: [UInt8], using random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0...(random.next() % 3) {
      let place = bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count))
      let byte = Self.interesting[Int(random.next() % UInt64(Self.interesting.count))]
      switch random.next() % 5 {
      case 0: bytes.insert(byte, at: place)
      case 1 where !bytes.isEmpty: bytes.remove(at: place)
      case 2 where !bytes.isEmpty: bytes[place] = byte
      case 3: bytes.insert(contentsOf: bytes[place...].prefix(12), at: place)
      default: bytes.removeLast(min(bytes.count, Int(random.next() % 4)))
      }
    }
    return bytes
  }
}

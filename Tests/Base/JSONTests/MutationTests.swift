import JSON
import ProtocolExamples
import TestSupport
import Testing

/// Random damage to valid texts: the decoder never crashes, and agrees with Foundation on every text that it accepts.
@Suite struct MutationTests {
  private static let mutations = 20_000
  private static let seed: UInt64 = 0x0BAD_5EED_0BAD_5EED

  @Test func `a damaged text that still decodes has the value that Foundation reads`() throws {
    var random = SplitMix64(seed: Self.seed)
    var accepted = 0
    for round in 0..<Self.mutations {
      let text = JSONExamples.sound[Int(random.next() % UInt64(JSONExamples.sound.count))]
      let bytes = mutate(Array(text.utf8), using: &random)
      // Foundation accepts more texts (duplicate names, a byte order mark), so only accepted texts are compared.
      guard let ours = try? JSONCoding.decode(JSONValue.self, from: bytes) else { continue }
      accepted += 1
      let theirs = Oracle.value(of: bytes)
      #expect(ours.agrees(with: theirs), "round \(round): \(String(decoding: bytes, as: UTF8.self))")
      let again = try JSONCoding.decode(JSONValue.self, from: try JSONCoding.encode(ours))
      #expect(again.canonical == ours.canonical, "round \(round)")
    }
    #expect(accepted > Self.mutations / 20)
  }

  private static let interesting = Array("{}[]\",:\\u0123456789eE+-.tfn \n".utf8) + [0x00, 0x80, 0xC3, 0xFF]

  private func mutate(_ bytes: [UInt8], using random: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0...(random.next() % 2) {
      let place = bytes.isEmpty ? 0 : Int(random.next() % UInt64(bytes.count))
      let byte = Self.interesting[Int(random.next() % UInt64(Self.interesting.count))]
      switch random.next() % 4 {
      case 0: bytes.insert(byte, at: place)
      case 1 where !bytes.isEmpty: bytes.remove(at: place)
      case 2 where !bytes.isEmpty: bytes[place] = byte
      default: bytes.insert(contentsOf: bytes[place...].prefix(6), at: place)
      }
    }
    return bytes
  }
}

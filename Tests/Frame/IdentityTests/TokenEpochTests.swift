import Identity
import Testing

@Suite struct TokenEpochTests {
  private static let now: Int64 = 1_795_000_000_000_000

  @Test func `an account leaves its states in order, also where a clock was set back`() {
    var uniquifier = TokenEpoch.uniquifier(atMicroseconds: Self.now)
    var epochs = [TokenEpoch.of(uniquifier: uniquifier)]
    for moment in [Self.now + 1, Self.now - 1000, Self.now - 1000, Self.now + 5] {
      uniquifier = TokenEpoch.uniquifier(atMicroseconds: moment, after: uniquifier)
      #expect(uniquifier.utf8.count <= 64)
      epochs.append(TokenEpoch.of(uniquifier: uniquifier))
    }
    for (older, epoch) in epochs.enumerated() {
      for (newer, known) in epochs.enumerated() {
        #expect(TokenEpoch.isOver(epoch, from: known) == (older < newer), "\(epoch) \(known)")
      }
    }
  }

  @Test(arguments: [
    "", "4f5e2a", "u", "-", "zzzzzzzzzzzzzzzz-1", "ffffffffffffffff-1",
    "7fffffffffffffff-1",
  ])
  func `an account from before there were numbers is in a state before all others`(uniquifier: String) {
    let old = TokenEpoch.of(uniquifier: uniquifier)
    let next = TokenEpoch.uniquifier(atMicroseconds: Self.now, after: uniquifier)
    #expect(TokenEpoch.isOver(old, from: TokenEpoch.of(uniquifier: next)))
    #expect(TokenEpoch.isOver(old, from: TokenEpoch.of(uniquifier: "another")))
    #expect(uniquifier.isEmpty || !old.contains(uniquifier))
  }

  @Test func `two accounts of the same moment have states of their own`() {
    let one = TokenEpoch.of(uniquifier: TokenEpoch.uniquifier(atMicroseconds: Self.now))
    let other = TokenEpoch.of(uniquifier: TokenEpoch.uniquifier(atMicroseconds: Self.now))
    #expect(TokenEpoch.isOver(one, from: other) && TokenEpoch.isOver(other, from: one))
  }
}

import Testing

@testable import Cache
@testable import RedisDriver

@Suite("Pauses between attempts")
struct BackoffTests {
  private let timeouts = RedisTimeouts(firstBackoffMilliseconds: 50, maximumBackoffMilliseconds: 5000)

  @Test func `each failure doubles the pause, up to the longest`() {
    var backoff = Backoff(timeouts)
    var random = SplitMix(seed: 1)
    for whole in [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000] {
      let pause = backoff.nextPauseMilliseconds(using: &random)
      #expect((whole / 2...whole).contains(pause))
    }
    for _ in 0..<200 { #expect(backoff.nextPauseMilliseconds(using: &random) <= 5000) }
  }

  @Test func `a success resets the pause to the first one`() {
    var backoff = Backoff(timeouts)
    var random = SplitMix(seed: 1)
    for _ in 0..<10 { _ = backoff.nextPauseMilliseconds(using: &random) }
    backoff.reset()
    #expect(backoff.nextPauseMilliseconds(using: &random) <= 50)
  }
}

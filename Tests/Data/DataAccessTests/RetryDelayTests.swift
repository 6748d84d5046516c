import Testing

@testable import DataAccess

@Suite struct RetryDelayTests {
  @Test func `the pause doubles up to a limit`() {
    let longest = RetryDelay { $0.upperBound }
    #expect((1...9).map(longest.milliseconds) == [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000])
    #expect(longest.milliseconds(beforeRetry: 1_000) == 1_000)
  }

  @Test func `randomness shortens the pause by at most half`() {
    let shortest = RetryDelay { $0.lowerBound }
    #expect(shortest.milliseconds(beforeRetry: 1) == 5)
    #expect(shortest.milliseconds(beforeRetry: 9) == 500)
  }
}

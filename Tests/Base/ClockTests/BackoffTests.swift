import Clock
import Testing

@Suite("Pauses between attempts")
struct BackoffTests {
  private func backoff() -> Backoff { Backoff(firstMilliseconds: 50, maximumMilliseconds: 5000) }

  @Test func `each failure doubles the pause, up to the longest`() {
    var backoff = backoff()
    let pauses = (1...10).map { _ in backoff.nextWholePauseMilliseconds() }
    #expect(pauses == [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
    for _ in 0..<1_000 { #expect(backoff.nextWholePauseMilliseconds() == 5000) }
    #expect(backoff.failureCount == 1_010)
  }

  @Test func `a random pause lies between half of the whole one and the whole one`() {
    var backoff = backoff()
    for whole in [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000] {
      #expect((whole / 2...whole).contains(backoff.nextPauseMilliseconds()))
    }
    for _ in 0..<200 { #expect((2500...5000).contains(backoff.nextPauseMilliseconds())) }
  }

  @Test func `the random number is drawn from exactly that range`() {
    var (shortest, longest) = (backoff(), backoff())
    #expect((1...3).map { _ in shortest.nextPauseMilliseconds { $0.lowerBound } } == [25, 50, 100])
    #expect((1...3).map { _ in longest.nextPauseMilliseconds { $0.upperBound } } == [50, 100, 200])
    var odd = Backoff(firstMilliseconds: 1, maximumMilliseconds: 1)
    #expect(odd.nextPauseMilliseconds { $0.lowerBound } == 1)
  }

  @Test func `after a success the first pause comes again`() {
    var backoff = backoff()
    for _ in 0..<10 { _ = backoff.nextPauseMilliseconds() }
    backoff.reset()
    #expect(backoff.failureCount == 0)
    #expect(backoff.nextWholePauseMilliseconds() == 50)
  }
}

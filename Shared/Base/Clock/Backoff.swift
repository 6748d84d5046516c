/// The pauses between attempts that fail: each failure doubles the pause, up to the longest.
///
/// ```swift
/// var backoff = Backoff(firstMilliseconds: 50, maximumMilliseconds: 5_000)
/// while !(await attempt()) { await loop.sleep(milliseconds: backoff.nextPauseMilliseconds()) }
/// ```
package struct Backoff: Sendable, Hashable {
  /// Enough for any pause, and few enough that the shift cannot overflow.
  private static let maximumDoublings = 20

  private let firstMilliseconds: Int
  private let maximumMilliseconds: Int

  /// Attempts that have failed since the last success.
  package private(set) var failureCount = 0

  /// A backoff before its first failure.
  package init(firstMilliseconds: Int, maximumMilliseconds: Int) {
    self.firstMilliseconds = firstMilliseconds
    self.maximumMilliseconds = maximumMilliseconds
  }

  /// Counts a failure and returns the pause after it, without jitter.
  package mutating func nextWholePauseMilliseconds() -> Int {
    let doublings = min(failureCount, Self.maximumDoublings)
    failureCount += 1
    return min(firstMilliseconds << doublings, maximumMilliseconds)
  }

  /// Counts a failure and returns a random pause between half of the whole one and the whole one. The jitter keeps
  /// clients that failed together from returning together. Tests inject `random`.
  package mutating func nextPauseMilliseconds(
    random: (ClosedRange<Int>) -> Int = { Int.random(in: $0) }
  ) -> Int {
    let whole = nextWholePauseMilliseconds()
    return random((whole + 1) / 2...whole)
  }

  /// Records a success: the next pause is the first one again.
  package mutating func reset() { failureCount = 0 }
}

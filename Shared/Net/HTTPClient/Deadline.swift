import Clock
import EventLoop

/// A moment after which nobody waits any more.
struct Deadline: Sendable {
  private let nanoseconds: UInt64

  init(millisecondsFromNow: Int) {
    nanoseconds = MonotonicClock.nanoseconds() &+ UInt64(max(0, millisecondsFromNow)) &* 1_000_000
  }

  /// What is left, rounded up, for `poll`; nil when it has passed.
  var remainingMilliseconds: Int32? {
    let now = MonotonicClock.nanoseconds()
    guard now < nanoseconds else { return nil }
    return Int32(clamping: (nanoseconds - now + 999_999) / 1_000_000)
  }
}

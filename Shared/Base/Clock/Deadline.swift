/// A moment of the monotonic clock at which something has to be complete.
package struct Deadline: Sendable, Hashable, Comparable {
  /// Nanoseconds of ``MonotonicClock``.
  package let nanoseconds: UInt64

  /// A deadline at a moment of ``MonotonicClock``.
  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  /// A deadline that many milliseconds after a moment, by default the present one. Negative numbers count as 0.
  package init(millisecondsFromNow milliseconds: Int, now: UInt64 = MonotonicClock.nanoseconds()) {
    let (wait, isTooLong) = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
    let (moment, isTooLate) = now.addingReportingOverflow(wait)
    nanoseconds = isTooLong || isTooLate ? .max : moment
  }

  /// A deadline that does not pass.
  package static let never = Deadline(nanoseconds: .max)

  /// Whether the deadline has passed.
  package var hasPassed: Bool { MonotonicClock.nanoseconds() >= nanoseconds }

  /// The time that is left, rounded up to whole milliseconds, for `poll(2)`; nil when the deadline has passed.
  package var remainingMilliseconds: Int32? {
    let now = MonotonicClock.nanoseconds()
    guard now < nanoseconds else { return nil }
    return Int32(clamping: (nanoseconds - now - 1) / 1_000_000 + 1)
  }

  /// Whether one deadline passes before the other.
  package static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}

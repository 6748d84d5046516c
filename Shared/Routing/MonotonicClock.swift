import Glibc

/// Time that never goes back, for durations.
enum MonotonicClock {
  /// Nanoseconds since some moment in the past (`CLOCK_MONOTONIC`).
  @Sendable
  static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}

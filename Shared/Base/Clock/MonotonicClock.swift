import Glibc

/// The clock for deadlines. It never goes back and does not depend on the time of day.
package enum MonotonicClock {
  /// Nanoseconds since an arbitrary start (`CLOCK_MONOTONIC`).
  package static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// The same clock, some milliseconds behind (`CLOCK_MONOTONIC_COARSE`) and many times cheaper: for deadlines of
  /// seconds that every request sets.
  package static func coarseNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

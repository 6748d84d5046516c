import Clock

/// Decides whether a run has ended whose session cannot be seen: its claim was not renewed while this run watched it.
///
/// It measures with the monotonic clock of this process. The time in the row comes from another machine, and counts only
/// as a value that changes.
struct ClaimObservation {
  private let expiryMilliseconds: Int
  private var seen: (token: String, renewal: String, end: Deadline)?

  init(expiryMilliseconds: Int) {
    self.expiryMilliseconds = expiryMilliseconds
  }

  /// Whether the claim has stayed the same for the whole time.
  mutating func hasExpired(
    token: String, renewal: String, now: UInt64 = MonotonicClock.nanoseconds()
  ) -> Bool {
    if let seen, seen.token == token, seen.renewal == renewal { return now >= seen.end.nanoseconds }
    seen = (token, renewal, Deadline(millisecondsFromNow: expiryMilliseconds, now: now))
    return false
  }
}

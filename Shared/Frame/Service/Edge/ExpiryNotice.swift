/// When a line about the end of a certificate is due: once a day in the last week, and once a day after it.
struct ExpiryNotice {
  /// From this time before the end there are lines. Certificates that are renewed in time never come so close.
  static let noticeSeconds: Int64 = 7 * daySeconds
  private static let daySeconds: Int64 = 86_400

  private var last: (notAfter: Int64, day: Int64)?

  mutating func isDue(notAfter: Int64, secondsLeft: Int64) -> Bool {
    guard secondsLeft < Self.noticeSeconds else { return false }
    // Days are counted down, so that the moment of the end begins one.
    let day = secondsLeft < 0 ? secondsLeft / Self.daySeconds - 1 : secondsLeft / Self.daySeconds
    if let last, last == (notAfter, day) { return false }
    last = (notAfter, day)
    return true
  }
}

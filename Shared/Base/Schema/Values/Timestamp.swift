/// A time in UTC, counted in microseconds since 1970-01-01T00:00:00Z.
///
/// PostgreSQL stores microseconds, so a value survives a round trip through the database unchanged. The count omits
/// leap seconds, like POSIX time.
package struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00Z; negative before.
  package var microsecondsSinceEpoch: Int64

  /// The time this many microseconds after 1970-01-01T00:00:00Z.
  package init(microsecondsSinceEpoch: Int64) {
    self.microsecondsSinceEpoch = microsecondsSinceEpoch
  }

  /// The time this many seconds after 1970-01-01T00:00:00Z.
  package init(secondsSinceEpoch: Int64) {
    microsecondsSinceEpoch = secondsSinceEpoch * Self.microsecondsPerSecond
  }

  static let microsecondsPerSecond: Int64 = 1_000_000
  static let microsecondsPerDay: Int64 = 86_400 * microsecondsPerSecond

  /// Whole seconds since 1970, rounded towards the past.
  package var secondsSinceEpoch: Int64 {
    microsecondsSinceEpoch.flooredDivision(by: Self.microsecondsPerSecond).quotient
  }

  /// The time `seconds` later, or earlier when negative.
  package func adding(seconds: Int64) -> Timestamp {
    Timestamp(microsecondsSinceEpoch: microsecondsSinceEpoch &+ seconds &* Self.microsecondsPerSecond)
  }

  /// Orders timestamps by time.
  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microsecondsSinceEpoch < right.microsecondsSinceEpoch
  }
}

extension Int64 {
  /// Division that rounds towards negative infinity, so that times before 1970 fall on the right day.
  func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

/// A time in HTTP's format: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
package struct HTTPDate: Sendable, Hashable, CustomStringConvertible {
  /// Seconds since 1970, in UTC.
  package let secondsSinceEpoch: Int64

  /// Makes a date of any year.
  package init(secondsSinceEpoch: Int64) {
    self.secondsSinceEpoch = secondsSinceEpoch
  }

  private static let dayNames = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let secondsPerDay: Int64 = 86_400

  /// The format of RFC 9110, always in GMT.
  package var description: String {
    let second = floorModulo(secondsSinceEpoch, Self.secondsPerDay)
    let day = (secondsSinceEpoch - second) / Self.secondsPerDay
    let date = Self.civilDate(daysSinceEpoch: day)
    let name = Self.dayNames[Int(floorModulo(day, 7))]
    let time = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
    return "\(name), \(twoDigits(date.day)) \(Self.monthNames[Int(date.month) - 1]) \(date.year) \(time) GMT"
  }

  /// Converts days since 1970-01-01 to a Gregorian date, by eras of 400 years that begin in March (Howard Hinnant,
  /// "chrono-Compatible Low-Level Date Algorithms").
  private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let dayOfEra = floorModulo(shifted, 146_097)
    let era = (shifted - dayOfEra) / 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}

/// The remainder, never negative.
private func floorModulo(_ value: Int64, _ modulus: Int64) -> Int64 {
  let remainder = value % modulus
  return remainder < 0 ? remainder + modulus : remainder
}

private func twoDigits(_ value: Int64) -> String {
  value < 10 ? "0\(value)" : "\(value)"
}

/// A day without a time of day or a zone, as the column type `date` stores it.
///
/// Days are counted from 1970-01-01 in the proleptic Gregorian calendar.
package struct CalendarDate: Sendable, Hashable, Comparable {
  /// Days since 1970-01-01; negative before.
  package var daysSinceEpoch: Int32

  /// The day this many days after 1970-01-01.
  package init(daysSinceEpoch: Int32) {
    self.daysSinceEpoch = daysSinceEpoch
  }

  /// Reads `2026-11-22`. Nil for any other form and for a day that the calendar does not have.
  package init?(iso8601 text: some StringProtocol) {
    let day = text.withDigits { reader in
      var reader = reader
      let day = reader.day()
      return reader.isAtEnd ? day : nil
    }
    guard let day else { return nil }
    daysSinceEpoch = Int32(day.daysSinceEpoch)
  }

  /// The day in UTC on which `timestamp` falls.
  package init(containing timestamp: Timestamp) {
    let days = timestamp.microsecondsSinceEpoch.flooredDivision(by: Timestamp.microsecondsPerDay).quotient
    daysSinceEpoch = Int32(clamping: days)
  }

  /// The day as `2026-11-22`.
  package var iso8601: String {
    let day = CivilDay(daysSinceEpoch: Int(daysSinceEpoch))
    return DigitWriter.text(capacity: 10) { $0.put(day) }
  }

  /// Midnight in UTC at the beginning of the day.
  package var start: Timestamp {
    Timestamp(microsecondsSinceEpoch: Int64(daysSinceEpoch) * Timestamp.microsecondsPerDay)
  }

  /// The day `days` later, or earlier when negative.
  package func adding(days: Int32) -> CalendarDate {
    CalendarDate(daysSinceEpoch: daysSinceEpoch &+ days)
  }

  /// Orders days by time.
  package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
    left.daysSinceEpoch < right.daysSinceEpoch
  }
}

/// JSON represents a day as its ISO 8601 text.
extension CalendarDate: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let day = CalendarDate(iso8601: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a day as 2026-11-22")
    }
    self = day
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(iso8601)
  }
}

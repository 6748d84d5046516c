import Schema
import Testing

@Suite struct CalendarDateTests {
  @Test(arguments: [
    ("1970-01-01", 0), ("2026-11-22", 20_779), ("2000-02-29", 11_016), ("1969-12-31", -1),
    ("1600-02-29", -135_081),
    ("9999-12-31", 2_932_896),
  ]) func `ISO 8601 text converts to days since 1970 and back`(text: String, days: Int32) {
    #expect(CalendarDate(iso8601: text)?.daysSinceEpoch == days)
    #expect(CalendarDate(daysSinceEpoch: days).iso8601 == text)
  }

  @Test(arguments: [
    "", "2026-2-3", "2026-02-30", "1900-02-29", "2026-11-22Z", "2026/11/22", "20261122", "2026-11-2x",
  ])
  func `a text that is not a day of the calendar is refused`(text: String) {
    #expect(CalendarDate(iso8601: text) == nil)
  }

  @Test func `each day of four centuries is the day before plus one`() throws {
    var day = try #require(CalendarDate(iso8601: "1800-01-01"))
    for _ in 0..<146_097 {
      let next = day.adding(days: 1)
      #expect(CalendarDate(iso8601: next.iso8601) == next)
      #expect(day.iso8601 < next.iso8601)
      day = next
    }
    #expect(day.iso8601 == "2200-01-01")
  }

  @Test func `a timestamp falls on its UTC day, also before 1970`() throws {
    let last = try #require(Timestamp(rfc3339: "1969-12-31T23:59:59.999999Z"))
    #expect(CalendarDate(containing: last).iso8601 == "1969-12-31")
    #expect(CalendarDate(containing: Timestamp(microsecondsSinceEpoch: 0)).iso8601 == "1970-01-01")
    #expect(CalendarDate(daysSinceEpoch: 20_779).start.rfc3339 == "2026-11-22T00:00:00Z")
  }
}

import Schema
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0),
    ("2026-11-22T13:00:00Z", 1_795_352_400_000_000),
    ("2000-02-29T23:59:59.999999Z", 951_868_799_999_999),
    ("1969-12-31T23:59:59.500000Z", -500_000),
    ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
  ]) func `RFC 3339 text converts to microseconds and back`(text: String, microseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.microsecondsSinceEpoch == microseconds)
    #expect(Timestamp(microsecondsSinceEpoch: microseconds).rfc3339 == text)
  }

  @Test(arguments: [
    ("2026-11-22T14:30:00+01:30", "2026-11-22T13:00:00Z"),
    ("2026-11-22t13:00:00z", "2026-11-22T13:00:00Z"),
    ("2026-11-22 13:00:00.25Z", "2026-11-22T13:00:00.250000Z"),
    ("2026-11-22T13:00:00.1234567Z", "2026-11-22T13:00:00.123456Z"),
    ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
    ("2026-11-22T00:00:00-23:59", "2026-11-22T23:59:00Z"),
  ]) func `other RFC 3339 spellings are read and normalized`(text: String, canonical: String) {
    #expect(Timestamp(rfc3339: text)?.rfc3339 == canonical)
  }

  @Test(arguments: [
    "", "2026-11-22", "2026-11-22T13:00:00", "2026-11-22T13:00Z", "2026-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T13:60:00Z",
    "2026-11-22T13:00:61Z", "2026-11-22T13:00:00.Z", "2026-11-22T13:00:00+1:00", "2026-11-22T13:00:00+01",
    "2026-11-22T13:00:00Zx", "+026-11-22T13:00:00Z", "2026-11-22T13:00:00+24:00", "０２６-11-22T13:00:00Z",
    "0000-01-01T00:00:00Z",
  ]) func `a text that is not RFC 3339 is refused`(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test(arguments: [
    "2026-11-22 13:00:00", "2026-11-22 13:00:00+00", "2026-11-22T13:00:00.000000", "2026-11-22 15:00:00+02",
    "2026-11-22 13:00:00.000000+00:00",
  ]) func `the forms that engines write are read, and no zone means UTC`(text: String) {
    #expect(Timestamp(sqlText: text)?.rfc3339 == "2026-11-22T13:00:00Z")
  }

  @Test func `SQL text has a fixed width and sorts in time order`() {
    let moments = [-1, 0, 1, 999_999, 1_000_000, 1_795_352_400_000_000].map {
      Timestamp(microsecondsSinceEpoch: $0)
    }
    #expect(moments.allSatisfy { $0.sqlText.utf8.count == 26 })
    #expect(moments.map(\.sqlText) == moments.map(\.sqlText).sorted())
    #expect(moments.map { Timestamp(sqlText: $0.sqlText) } == moments)
  }

  @Test func `random timestamps survive a round trip through text`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let range = -62_135_596_800_000_000...253_402_300_799_999_999
      let moment = Timestamp(
        microsecondsSinceEpoch: Int64.random(
          in: Int64(range.lowerBound)...Int64(range.upperBound), using: &generator))
      #expect(Timestamp(rfc3339: moment.rfc3339) == moment)
      #expect(Timestamp(sqlText: moment.sqlText) == moment)
    }
  }

  @Test func `adding seconds moves a timestamp forwards and backwards`() {
    let moment = Timestamp(secondsSinceEpoch: 100)
    #expect(moment.adding(seconds: 20).secondsSinceEpoch == 120)
    #expect(moment.adding(seconds: -200) < moment)
    #expect(Timestamp(microsecondsSinceEpoch: -1).secondsSinceEpoch == -1)
  }
}

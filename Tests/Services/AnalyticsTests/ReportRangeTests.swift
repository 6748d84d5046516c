import HTTP
import Routing
import Schema
import Testing

@testable import analytics

@Suite struct ReportRangeTests {
  private func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(iso8601: text)) }

  private func range(_ query: String) throws -> ReportRange {
    try ReportRange(Request(.get, "/v1/reports/daily?\(query)"), today: day("2026-11-22"))
  }

  @Test func `the default is the last thirty days, including today`() throws {
    let range = try range("metric=events")
    #expect(range.metric == .events)
    #expect(try range.first == day("2026-10-24") && range.last == day("2026-11-22"))
  }

  @Test func `one end of the range is enough`() throws {
    #expect(try range("metric=events&from=2026-11-01").last == day("2026-11-22"))
    #expect(try range("metric=events&to=2026-03-01").first == day("2026-01-31"))
  }

  @Test func `a range has at least one and at most 366 days`() throws {
    let one = try range("metric=users_created&from=2024-02-29&to=2024-02-29")
    #expect(one.first == one.last)
    let year = try range("metric=sessions_created&from=2024-01-01&to=2024-12-31")
    #expect(year.last.daysSinceEpoch - year.first.daysSinceEpoch == 365)
  }

  @Test(arguments: [
    "", "metric=", "metric=unknown", "metric=Events", "metric=events&metric=unknown",
    "metric=events&from=2026-11-23", "metric=events&from=2026-02-02&to=2026-02-01",
    "metric=events&from=2024-01-01&to=2025-01-01", "metric=events&from=2000-01-01", "metric=events&from=",
    "metric=events&from=2026-02-30", "metric=events&to=tomorrow", "metric=events&to=2026-1-1",
    "metric=events&to=0000-01-01", "metric=events&from=0001-01-01&to=9999-12-31", "metric=events&to=%FF",
  ])
  func `any other range is refused with 400`(query: String) {
    let refusal = #expect(throws: Problem.self) { try range(query) }
    #expect(refusal?.status == .badRequest)
  }

  @Test func `the first and the last day of the calendar are valid`() throws {
    #expect(try range("metric=events&to=0001-01-05").first == day("0001-01-01"))
    #expect(try range("metric=events&from=9999-12-31&to=9999-12-31").last == day("9999-12-31"))
  }
}

import DataAccess
import Schema

/// The rollups table: analytics reads it, and only the rollup worker writes it.
struct RollupRepository: Sendable {
  let database: Database

  func values(
    of metric: Metric, from first: CalendarDate, to last: CalendarDate
  ) async throws(DatabaseError) -> [DailyValue] {
    // The id is read for the report of a row that cannot be read.
    try await database.all(
      Rollups.select(\.id, \.day, \.value)
        .where(\.metric == metric.rawValue && \.day >= first && \.day <= last)
        .orderBy(\.day).limit(stated: ReportRange.maximumDays)
    ) { _, day, value in DailyValue(day: day, value: value) }
  }

  /// The time of the database server.
  func serverTime() async throws(DatabaseError) -> Timestamp { try await database.serverTime() }

  /// Removes what a worker whose clock was ahead has stored: rows of later days, and those that were written on later days
  /// by their own account. They say nothing about their days, which are counted again.
  func removeDaysToCome(after day: CalendarDate) async throws(DatabaseError) {
    let end = day.adding(days: 1).start
    try await database.run(Rollups.delete().where(\.day > day || \.updatedAt >= end))
  }

  /// The newest counted day up to this one; `nil` before the first round.
  func lastDay(upTo day: CalendarDate) async throws(DatabaseError) -> CalendarDate? {
    try await database.one(Rollups.aggregate(.max(\.day)).where(\.day <= day).making { $0 })
  }

  /// Stores the values, and replaces earlier ones of the same days.
  func store(_ values: [MetricValue], at now: Timestamp) async throws(DatabaseError) {
    try await database.run(
      Rollups.insertMany(
        \.day, \.metric, \.value, \.updatedAt,
        rows: values.map { ($0.day, $0.metric.rawValue, $0.value, now) }
      ).updating(\.value, \.updatedAt, onConflictOf: \.day, \.metric))
  }
}

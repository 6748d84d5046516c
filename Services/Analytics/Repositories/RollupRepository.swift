import DataAccess
import Schema

/// The rollups table: analytics reads it, and only the rollup worker writes it.
struct RollupRepository: Sendable {
  let database: Database

  func values(
    of metric: Metric, from first: CalendarDate, to last: CalendarDate
  ) async throws(DatabaseError) -> [DailyValue] {
    try await database.all(
      Rollups.select(\.day, \.value)
        .where(\.metric == metric.rawValue && \.day >= first && \.day <= last)
        .orderBy(\.day).limit(ReportRange.maximumDays),
      as: DailyValue.init)
  }

  /// The newest counted day; `nil` before the first round.
  func lastDay() async throws(DatabaseError) -> CalendarDate? {
    try await database.first(Rollups.select(\.day).orderBy(\.day, .descending), as: { $0 })
  }

  /// Stores the value of a day, and replaces an earlier value of that day.
  func store(
    _ value: Int64, of metric: Metric, on day: CalendarDate, at now: Timestamp
  ) async throws(DatabaseError) {
    try await database.run(
      Rollups.insert(\.day <- day, \.metric <- metric.rawValue, \.value <- value, \.updatedAt <- now)
        .updating(\.value, \.updatedAt, onConflictOf: \.day, \.metric))
  }
}

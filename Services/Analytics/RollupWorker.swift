import EventLoop
import Logging
import Schema
import Service

/// The worker of `ROLE=rollup`: counts the days that may still change, and stores the summary in the cache.
struct RollupWorker: Sendable {
  let activity: ActivityRepository
  let rollups: RollupRepository
  let summaries: SummaryCache
  let currentTime: @Sendable () -> Timestamp
  let logger: Logger
  let intervalSeconds: Int

  /// Counts and waits, until the task is cancelled. A failed round is logged; the next round catches up.
  func run(on loop: EventLoop) async {
    while !Task.isCancelled {
      do {
        try await runOnce()
      } catch {
        logger.warning("rollups not written", metadata: ["error": "\(error)"])
      }
      await loop.sleep(milliseconds: intervalSeconds * 1000)
    }
  }

  func runOnce() async throws {
    let now = currentTime()
    let today = CalendarDate(containing: now)
    // Without rollups the first event is the first day to count.
    var known = try await rollups.lastDay()
    if known == nil { known = try await activity.firstDay() }
    var day = Self.firstDay(toCountOn: today, countedUpTo: known)
    while day <= today {
      for metric in Metric.allCases {
        let value = try await activity.value(of: metric, on: day)
        try await rollups.store(value, of: metric, on: day, at: now)
      }
      day = day.adding(days: 1)
    }
    try await summaries.store(try await activity.summary(at: now))
  }

  /// The first day of a round. A round counts yesterday again, for rows that were written around midnight, and the last
  /// counted day, which had not ended then. After a longer pause it closes the gap, as far back as a report reaches.
  static func firstDay(toCountOn today: CalendarDate, countedUpTo known: CalendarDate?) -> CalendarDate {
    let yesterday = today.adding(days: -1)
    let oldest = today.adding(days: 1 - Int32(ReportRange.maximumDays))
    return max(oldest, min(known ?? yesterday, yesterday))
  }
}

import EventLoop
import Logging
import Schema
import Service

/// The worker behind `ROLE=rollup`: counts the days that may still change, and leaves the summary in the cache.
struct RollupWorker: Sendable {
  let activity: ActivityRepository
  let rollups: RollupRepository
  let summaries: SummaryCache
  let currentTime: @Sendable () -> Timestamp
  let logger: Logger
  let intervalSeconds: Int

  /// Counts, waits, and counts again, until the loop ends. A round that fails is logged; the next one makes it good.
  func run(on loop: EventLoop) async {
    while !Task.isCancelled {
      do {
        try await runOnce()
      } catch {
        logger.warning("the rollups could not be written", metadata: ["error": "\(error)"])
      }
      await loop.sleep(milliseconds: intervalSeconds * 1000)
    }
  }

  func runOnce() async throws {
    let now = currentTime()
    let today = CalendarDate(containing: now)
    // With no rollups yet the event log tells how far back there is anything to count.
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

  /// Where a round begins. Yesterday is always counted again, for what was written around midnight, and the last day
  /// that was counted, which was not over then; after a longer absence that closes the gap, as far back as a report
  /// can reach.
  static func firstDay(toCountOn today: CalendarDate, countedUpTo known: CalendarDate?) -> CalendarDate {
    let yesterday = today.adding(days: -1)
    let oldest = today.adding(days: 1 - Int32(ReportRange.maximumDays))
    return max(oldest, min(known ?? yesterday, yesterday))
  }
}

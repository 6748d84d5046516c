import EventLoop
import Logging
import Schema
import Service

/// The worker behind `ROLE=rollup`: counts the days that may still change, and leaves the summary in the cache.
struct RollupWorker: Sendable {
  /// Yesterday is counted again, for what was written around midnight.
  static let daysCounted: Int32 = 2

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
    for age in 0..<Self.daysCounted {
      let day = today.adding(days: -age)
      for metric in Metric.allCases {
        let value = try await activity.value(of: metric, on: day)
        try await rollups.store(value, of: metric, on: day, at: now)
      }
    }
    try await summaries.store(try await activity.summary(at: now))
  }
}

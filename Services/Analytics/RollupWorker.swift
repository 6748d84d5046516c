import Clock
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
      await round()
      await loop.sleep(milliseconds: intervalSeconds * 1000)
    }
  }

  /// Writes the rollups, and then the summary, which needs none of them.
  func round() async {
    await reporting("rollups not written", countDays)
    await reporting("summary not stored", storeSummary)
  }

  private func reporting(_ failure: Logger.Message, _ work: () async throws -> Void) async {
    do {
      try await work()
    } catch {
      // A stop cancels the statement that runs.
      if Task.isCancelled { return }
      logger.warning(failure, metadata: ["error": "\(error)"])
    }
  }

  func countDays() async throws {
    let (now, begin) = (currentTime(), MonotonicClock.nanoseconds())
    let today = CalendarDate(containing: now)
    // Without rollups the first event is the first day to count.
    var known = try await rollups.lastDay(upTo: today)
    if known == nil { known = try await activity.firstDay(from: Self.oldestDay(on: today), to: today) }
    var day = Self.firstDay(toCountOn: today, countedUpTo: known)
    while day <= today {
      let last = min(today, day.adding(days: ActivityRepository.maximumDaysPerStatement - 1))
      try await rollups.store(try await activity.values(from: day, to: last), at: now)
      day = last.adding(days: 1)
    }
    let milliseconds = (MonotonicClock.nanoseconds() - begin) / 1_000_000
    logger.debug("rollups written", metadata: ["milliseconds": "\(milliseconds)"])
  }

  func storeSummary() async throws {
    try await summaries.store(try await activity.summary(at: currentTime()))
  }

  /// The first day of a round. A round counts yesterday again, for rows that were written around midnight, and the last
  /// counted day, which had not ended then. After a longer pause it closes the gap, as far back as a report reaches.
  static func firstDay(toCountOn today: CalendarDate, countedUpTo known: CalendarDate?) -> CalendarDate {
    let yesterday = today.adding(days: -1)
    return max(oldestDay(on: today), min(known ?? yesterday, yesterday))
  }

  private static func oldestDay(on today: CalendarDate) -> CalendarDate {
    today.adding(days: 1 - Int32(ReportRange.maximumDays))
  }
}

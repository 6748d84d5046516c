import Clock
import EventLoop
import Logging
import Runtime
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
  let metrics: MetricRegistry

  /// Counts and waits, until the task is cancelled. A failed round is logged; the next round catches up.
  func run(on loop: EventLoop) async {
    metrics.gauge("rollup_interval_seconds", help: "The pause between two rounds of the rollups.")
      .set(Double(intervalSeconds))
    // Without a value, a worker that never completes a round would raise no alert.
    completeAt.set(Double(currentTime().secondsSinceEpoch))
    while !Task.isCancelled {
      await round()
      await loop.sleep(milliseconds: intervalSeconds * 1000)
    }
  }

  /// Writes the rollups, and then the summary, which needs none of them.
  func round() async {
    let begin = currentTime()
    let hasCounted = await reporting("rollups not written", countDays)
    let hasSummary = await reporting("summary not stored", storeSummary)
    if hasCounted, hasSummary { completeAt.set(Double(begin.secondsSinceEpoch)) }
  }

  private var completeAt: GaugeInstrument {
    metrics.gauge(
      "rollup_complete_timestamp_seconds",
      help: "When the last complete round of the rollups began, or the worker, in seconds since 1970.")
  }

  /// Whether the work was done.
  private func reporting(_ failure: Logger.Message, _ work: () async throws -> Void) async -> Bool {
    do {
      try await work()
      return true
    } catch {
      // A stop cancels the statement that runs.
      if Task.isCancelled { return false }
      logger.warning(failure, metadata: ["error": "\(error)"])
      return false
    }
  }

  /// Counts up to the day of the database server at most: a row says that its day was counted, and one of a day to come
  /// would say so for ever.
  func countDays() async throws {
    let begin = MonotonicClock.nanoseconds()
    let server = try await rollups.serverTime()
    let now = min(currentTime(), server)
    try await rollups.removeDaysToCome(after: CalendarDate(containing: server))
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
    let now = min(currentTime(), try await rollups.serverTime())
    try await summaries.store(try await activity.summary(at: now))
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

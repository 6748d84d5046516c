import Clock
import DataAccess
import EventLoop
import Logging
import Runtime
import Schema
import Synchronization

/// The time of the database server, for moments that one process stores and others compare.
///
/// A process whose own clock is ahead would otherwise put work off for days, or take what is recent for old, for all
/// users. The clock reads the server's time now and then, and counts on with the monotonic clock in between.
package final class DatabaseClock: Sendable {
  /// The pause between two readings. A server that takes over may have another clock.
  static let pauseMilliseconds = 10_000
  /// How long the server may take for a reading: the error is no larger.
  static let maximumReadingNanoseconds: UInt64 = 1_000_000_000
  /// How far this machine's clock may differ before the log says so.
  static let differenceSeconds: Int64 = 60

  private struct Reading {
    let time: Timestamp
    let nanoseconds: UInt64
  }

  private let reading = Mutex<Reading?>(nil)
  private let machineTime: @Sendable () -> Timestamp
  private let nanoseconds: @Sendable () -> UInt64

  /// A clock that goes by this machine's until ``read(_:)`` was called.
  package init(
    machineTime: @escaping @Sendable () -> Timestamp = { Timestamp.now() },
    nanoseconds: @escaping @Sendable () -> UInt64 = MonotonicClock.nanoseconds
  ) {
    self.machineTime = machineTime
    self.nanoseconds = nanoseconds
  }

  /// The present time.
  package func now() -> Timestamp {
    guard let reading = reading.withLock({ $0 }) else { return machineTime() }
    let since = Int64(clamping: (nanoseconds() - reading.nanoseconds) / 1_000)
    return Timestamp(microsecondsSinceEpoch: reading.time.microsecondsSinceEpoch + since)
  }

  /// Whether the server's time was read.
  var isRead: Bool { reading.withLock { $0 != nil } }

  /// Reads the server's time; a reading that took long changes nothing.
  package func read(_ database: Database) async throws(DatabaseError) {
    let begin = nanoseconds()
    let time = try await database.serverTime()
    let end = nanoseconds()
    guard end - begin <= Self.maximumReadingNanoseconds else { return }
    reading.withLock { $0 = Reading(time: time, nanoseconds: begin + (end - begin) / 2) }
  }

  /// Seconds by which this machine's clock is ahead of the server's; negative where it is behind.
  package var secondsAhead: Int64 {
    (machineTime().microsecondsSinceEpoch - now().microsecondsSinceEpoch) / 1_000_000
  }

  /// Waits for the first reading.
  package func begin(_ database: Database) async {
    while !isRead, !Task.isCancelled {
      do throws(DatabaseError) { try await read(database) } catch {
        await database.loop.sleep(milliseconds: Self.pauseMilliseconds / 10)
      }
    }
  }

  /// Reads the server's time until the task is cancelled, and reports a difference.
  package func run(_ database: Database, logger: Logger, metrics: MetricRegistry) async {
    let gauge = metrics.gauge(
      "clock_ahead_of_database_seconds",
      help: "Seconds by which this machine's clock is ahead of the database server's.")
    var differs = false
    while !Task.isCancelled {
      try? await read(database)
      let ahead = secondsAhead
      gauge.set(Double(ahead))
      if !differs, abs(ahead) > Self.differenceSeconds {
        logger.warning("clock differs from the database server's", metadata: ["seconds_ahead": "\(ahead)"])
      }
      differs = abs(ahead) > Self.differenceSeconds
      await database.loop.sleep(milliseconds: Self.pauseMilliseconds)
    }
  }
}

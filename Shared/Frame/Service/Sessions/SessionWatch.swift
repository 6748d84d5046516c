import Clock
import DataAccess
import EventLoop
import Identity
import Logging
import Routing
import Runtime
import Schema
import Synchronization

/// Learns from the event log which sessions have ended, in a service that cannot read the sessions.
///
/// It reads the log every second, also events behind which another transaction may still commit one: what has ended is
/// refused at once, and read again until the log is settled. While it cannot read, tokens are believed for a minute more;
/// then every request with a token gets 503.
package final class SessionWatch: RevocationCheck {
  /// The pause between two readings.
  static let pauseMilliseconds = 1_000
  /// How old the last reading may be.
  package static let maximumAgeNanoseconds: UInt64 = 60_000_000_000
  private static let retryAfterSeconds = 5

  private struct State {
    var ended = EndedSessions(installation: "")
    var readAt: UInt64?
  }

  private let state = Mutex(State())
  private let database: Database
  private let nanoseconds: @Sendable () -> UInt64
  private let currentTime: @Sendable () -> Timestamp

  /// A watch that has read nothing yet.
  package init(
    database: Database, nanoseconds: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds() },
    currentTime: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
  ) {
    self.database = database
    self.nanoseconds = nanoseconds
    self.currentTime = currentTime
  }

  /// Whether the principal's session has ended.
  /// - Throws: 503 where that is not known.
  package func isRevoked(_ principal: Principal) throws(Problem) -> Bool {
    let now = nanoseconds()
    let answer: Bool? = state.withLock { state in
      guard let readAt = state.readAt, now < readAt + Self.maximumAgeNanoseconds else { return nil }
      return state.ended.contains(principal)
    }
    guard let answer else {
      throw .unavailable(
        "Which sessions have ended is not known at present.", retryAfterSeconds: Self.retryAfterSeconds)
    }
    return answer
  }

  /// Reads the events of the last hours, within which a token may have been signed.
  package func begin() async throws(DatabaseError) -> SessionReader {
    var reader = SessionReader(database)
    try await round(of: &reader)
    return reader
  }

  /// Reads the log until the task is cancelled.
  func run(_ reader: SessionReader, on loop: EventLoop, logger: Logger, metrics: MetricRegistry) async {
    var reader = reader
    var backoff = Backoff(firstMilliseconds: Self.pauseMilliseconds, maximumMilliseconds: 10_000)
    let readUpTo = metrics.gauge(
      "ended_sessions_read_timestamp_seconds",
      help: "Up to which time the service knows the sessions that ended, in seconds since 1970.")
    // The reader that `begin` returned has read the log.
    readUpTo.set(Double(currentTime().secondsSinceEpoch))
    while !Task.isCancelled {
      let begin = currentTime()
      var pause = Self.pauseMilliseconds
      do throws(DatabaseError) {
        try await round(of: &reader)
        readUpTo.set(Double(begin.secondsSinceEpoch))
        backoff.reset()
      } catch {
        if Task.isCancelled { return }
        logger.warning("ended sessions not read", metadata: ["error": "\(error)"])
        pause = backoff.nextPauseMilliseconds()
      }
      await loop.sleep(milliseconds: pause)
    }
  }

  /// Reads the log once.
  package func round(of reader: inout SessionReader) async throws(DatabaseError) {
    let begin = nanoseconds()
    let ended = try await reader.read(at: currentTime(), Int64(begin / 1_000_000_000))
    state.withLock { state in
      state.ended = ended
      state.readAt = begin
    }
  }
}

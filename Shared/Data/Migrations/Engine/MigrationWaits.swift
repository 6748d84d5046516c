import Clock

/// How long a run waits for locks: for the end of another run, and for sessions that hold a table.
package struct MigrationWaits: Sendable, Hashable {
  /// How long a run waits in all before it gives up.
  package var totalMilliseconds: Int
  /// How long one attempt at a step waits for its tables. Services that read them queue behind it for as long.
  package var attemptMilliseconds: Int
  /// The first pause between two attempts; it doubles with each.
  package var firstPauseMilliseconds: Int
  /// The longest pause.
  package var maximumPauseMilliseconds: Int

  /// No attempt waits for a lock for less than this.
  static let minimumAttemptMilliseconds = 50

  /// The defaults keep the services' requests within their own deadlines.
  package init(
    totalMilliseconds: Int = 60_000, attemptMilliseconds: Int = 1_000, firstPauseMilliseconds: Int = 200,
    maximumPauseMilliseconds: Int = 3_000
  ) {
    self.totalMilliseconds = totalMilliseconds
    self.attemptMilliseconds = attemptMilliseconds
    self.firstPauseMilliseconds = firstPauseMilliseconds
    self.maximumPauseMilliseconds = maximumPauseMilliseconds
  }

  /// How long one statement waits for its lock, where an attempt locks `count` tables one after the other.
  func milliseconds(forEachOf count: Int) -> Int {
    max(Self.minimumAttemptMilliseconds, attemptMilliseconds / max(1, count))
  }
}

/// The attempts at one lock, with the pauses between them.
struct LockAttempts {
  private let deadline: Deadline
  private var backoff: Backoff

  init(_ waits: MigrationWaits) {
    deadline = Deadline(millisecondsFromNow: waits.totalMilliseconds)
    backoff = Backoff(
      firstMilliseconds: waits.firstPauseMilliseconds, maximumMilliseconds: waits.maximumPauseMilliseconds)
  }

  /// Failed attempts so far.
  var count: Int { backoff.failureCount }

  /// The pause before the next attempt; nil when the time is over.
  mutating func nextPauseMilliseconds() -> Int? {
    deadline.hasPassed ? nil : backoff.nextPauseMilliseconds()
  }
}

import Clock

/// How long work waits for locks in all, and how long each attempt at them waits.
package struct LockLimits: Sendable, Hashable {
  /// How long the work waits in all before it gives up.
  package var totalMilliseconds: Int
  /// How long one attempt waits for its tables. Services that read them queue behind it for as long.
  package var attemptMilliseconds: Int
  /// The first pause between two attempts; it doubles with each.
  package var firstPauseMilliseconds: Int
  /// The longest pause.
  package var maximumPauseMilliseconds: Int

  /// No attempt waits for a lock for less than this.
  package static let minimumAttemptMilliseconds = 50

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
  package func milliseconds(forEachOf count: Int) -> Int {
    max(Self.minimumAttemptMilliseconds, attemptMilliseconds / max(1, count))
  }
}

/// The attempts at one lock, with the pauses between them.
package struct LockAttempts {
  private let deadline: Deadline
  private var backoff: Backoff
  /// How many attempts in a row failed for locks without a holder that is seen.
  var unexplained = 0

  /// Starts the time of `limits` now.
  package init(_ limits: LockLimits) {
    deadline = Deadline(millisecondsFromNow: limits.totalMilliseconds)
    backoff = Backoff(
      firstMilliseconds: limits.firstPauseMilliseconds, maximumMilliseconds: limits.maximumPauseMilliseconds)
  }

  /// Failed attempts so far.
  package var count: Int { backoff.failureCount }

  /// What is left of the time.
  package var remainingMilliseconds: Int { Int(deadline.remainingMilliseconds ?? 0) }

  /// The pause before the next attempt; nil when the time is over.
  package mutating func nextPauseMilliseconds() -> Int? {
    deadline.hasPassed ? nil : backoff.nextPauseMilliseconds()
  }
}

extension DatabaseError {
  /// Whether another session's lock or change is the reason, so that a later attempt may succeed.
  package var isLockConflict: Bool {
    switch kind {
    case .lockTimeout, .deadlock, .serializationFailure: true
    case .permissionDenied, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .statementTimeout, .cancelled, .connectionLost, .connectionRefused, .readOnlyServer, .storageFull,
      .unreadableFile, .authenticationFailed,
      .tooManyConnections,
      .acquireTimeout, .shuttingDown, .valueOutOfRange, .invalidStatement, .decoding, .other:
      false
    }
  }
}

import CSQLite
import Clock
import EventLoop
import Glibc
import Synchronization

/// The request, from another thread, that a running statement stop.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  var isRequested: Bool { flag.load(ordering: .relaxed) }

  func request() { flag.store(true, ordering: .relaxed) }
}

/// When a running statement gives up: at its deadline, when it is cancelled, or when it has waited too long for a lock.
///
/// SQLite asks every so many instructions (`sqlite3_progress_handler`), and whenever a lock is held by someone else
/// (`sqlite3_busy_handler`). `sqlite3_interrupt` is not used: it would stop whatever runs when it arrives.
final class Interruption {
  /// Instructions of SQLite's machine between two looks at the clock: some ten microseconds.
  static let instructionsPerCheck: Int32 = 1_000
  /// The waits between attempts to get a lock; the last is repeated.
  static let lockWaitsMicroseconds: [UInt32] = [100, 200, 500, 1_000, 2_000, 5_000, 10_000]

  private var deadline = Deadline.never
  private var lockDeadline = Deadline.never
  private var cancellation: Cancellation?

  /// Has SQLite ask.
  func install(on handle: DatabaseHandle) {
    handle.keep(self)
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_progress_handler(handle.pointer, Self.instructionsPerCheck, interruptionProgress, context)
    sqlite3_busy_handler(handle.pointer, interruptionBusy, context)
  }

  /// Begins the time of a statement.
  func begin(_ patience: Patience, cancellation: Cancellation?) {
    let now = MonotonicClock.nanoseconds()
    deadline = Deadline(millisecondsFromNow: patience.statementMilliseconds, now: now)
    lockDeadline = Deadline(millisecondsFromNow: patience.lockMilliseconds, now: now)
    self.cancellation = cancellation
  }

  fileprivate var isOver: Bool {
    cancellation?.isRequested == true || deadline.hasPassed
  }

  fileprivate func waitsForLock(attempt: Int) -> Bool {
    guard !isOver, !lockDeadline.hasPassed else { return false }
    let waits = Self.lockWaitsMicroseconds
    usleep(waits[min(attempt, waits.count - 1)])
    return true
  }
}

/// How long a statement may take.
struct Patience {
  /// For all of it.
  let statementMilliseconds: Int
  /// For waiting until another connection lets go of a lock.
  let lockMilliseconds: Int
}

private func interruptionProgress(_ context: UnsafeMutableRawPointer?) -> Int32 {
  guard let context else { return 0 }
  return Unmanaged<Interruption>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
}

private func interruptionBusy(_ context: UnsafeMutableRawPointer?, _ attempt: Int32) -> Int32 {
  guard let context else { return 0 }
  return Unmanaged<Interruption>.fromOpaque(context).takeUnretainedValue().waitsForLock(attempt: Int(attempt))
    ? 1 : 0
}

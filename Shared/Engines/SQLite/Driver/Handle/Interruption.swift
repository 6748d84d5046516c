import CSQLite
import Clock
import EventLoop
import Glibc
import Synchronization

/// A request from another thread to stop a running statement.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  var isRequested: Bool { flag.load(ordering: .relaxed) }

  func request() { flag.store(true, ordering: .relaxed) }
}

/// Stops a running statement: at its deadline, on cancellation, or after too long a wait for a lock.
///
/// SQLite calls it after a number of instructions (`sqlite3_progress_handler`), and while another connection holds a
/// lock (`sqlite3_busy_handler`). The driver does not use `sqlite3_interrupt`, which would stop any statement that runs
/// when it arrives.
final class Interruption {
  /// The instructions of SQLite's virtual machine between two checks of the clock: some ten microseconds.
  static let instructionsPerCheck: Int32 = 1_000
  /// The waits between attempts to get a lock; the last one repeats.
  static let lockWaitsMicroseconds: [UInt32] = [100, 200, 500, 1_000, 2_000, 5_000, 10_000]

  private var deadline = Deadline.never
  private var lockDeadline = Deadline.never
  private var cancellation: Cancellation?

  /// Registers the handlers with SQLite.
  func install(on handle: DatabaseHandle) {
    handle.keep(self)
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_progress_handler(handle.pointer, Self.instructionsPerCheck, interruptionProgress, context)
    sqlite3_busy_handler(handle.pointer, interruptionBusy, context)
  }

  /// Starts the clock of a statement.
  func begin(_ timeouts: StatementTimeouts, cancellation: Cancellation?) {
    let now = MonotonicClock.nanoseconds()
    deadline = Deadline(millisecondsFromNow: timeouts.statementMilliseconds, now: now)
    lockDeadline = Deadline(millisecondsFromNow: timeouts.lockMilliseconds, now: now)
    self.cancellation = cancellation
  }

  fileprivate var isOver: Bool {
    cancellation?.isRequested == true || deadline.hasPassed
  }

  /// Waits before another attempt at a lock; false when the time for it is over.
  func waitsForLock(attempt: Int) -> Bool {
    guard !isOver, !lockDeadline.hasPassed else { return false }
    let waits = Self.lockWaitsMicroseconds
    usleep(waits[min(attempt, waits.count - 1)])
    return true
  }
}

/// The time limits of a statement.
struct StatementTimeouts {
  /// For the whole statement.
  let statementMilliseconds: Int
  /// For the wait until another connection releases a lock.
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

import Clock
import DataAccess
import EventLoop

/// Reports to the loop how long statements waited for the database, so that the listener refuses requests while they wait
/// too long.
///
/// A borrower and a single change wait in the pool's queue. Reads are sent at once and wait for each other in the engine,
/// so their time there counts too: of many, the shortest counts, so that a slow table is no queue. Statements of a
/// borrower wait for nothing.
final class StatementLoad: StatementObserver {
  private let load: LoopBound<LoopLoad>

  init(loop: EventLoop) {
    load = LoopBound(loop.load, to: loop)
  }

  func completed(_ record: borrowing StatementRecord) {
    guard !record.isBorrowed, let wait = Self.nanoseconds(record) else { return }
    load.value.note(
      waitNanoseconds: wait, of: record.operation.verb == .select ? .read : .change,
      at: MonotonicClock.coarseNanoseconds())
  }

  /// The wait; nil for a statement that says nothing about the queue.
  private static func nanoseconds(_ record: borrowing StatementRecord) -> UInt64? {
    switch record.error?.kind {
    case nil where record.operation.verb == .select: record.queueNanoseconds + record.engineNanoseconds
    case nil: record.queueNanoseconds
    case .acquireTimeout: .max
    default: nil
    }
  }
}

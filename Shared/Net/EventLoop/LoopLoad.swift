/// What one loop's work waits for, as far as the loop and the data path measure it. The server of the loop decides by it
/// which requests it refuses. Loop thread only.
package final class LoopLoad {
  /// The work that waits for a connection of the data path. Reads and changes wait in queues of their own there, so that
  /// neither kind is refused for the other's queue.
  package enum Work: Sendable, Hashable { case read, change }

  // Unchecked at run time, because each request reads one of them.
  @exclusivity(unchecked) private var reads: StandingQueue
  @exclusivity(unchecked) private var changes: StandingQueue

  init() {
    reads = StandingQueue(targetMilliseconds: Self.defaultTargetMilliseconds)
    changes = reads
  }

  /// The longest wait that is no overload, unless the server sets another.
  package static let defaultTargetMilliseconds = 500

  /// Sets the longest wait that is no overload, and forgets what was measured.
  package func setTarget(milliseconds: Int) {
    reads = StandingQueue(targetMilliseconds: milliseconds)
    changes = reads
  }

  /// Records how long a piece of work has waited for the data path.
  package func note(waitNanoseconds: UInt64, of work: Work, at now: UInt64) {
    switch work {
    case .read: reads.note(waitNanoseconds: waitNanoseconds, at: now)
    case .change: changes.note(waitNanoseconds: waitNanoseconds, at: now)
    }
  }

  /// Whether this work waits in a standing queue.
  package func hasQueue(of work: Work, at now: @autoclosure () -> UInt64) -> Bool {
    switch work {
    case .read: reads.isStanding(at: now())
    case .change: changes.isStanding(at: now())
    }
  }
}

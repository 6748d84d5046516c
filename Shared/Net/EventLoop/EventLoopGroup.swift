import CLinux
import Synchronization

/// The loops of a process, one thread per processor.
package struct EventLoopGroup: Sendable {
  /// The counter of ``EventLoopGroup/next()``. It is a class because an atomic cannot be copied.
  private final class Turn: Sendable {
    let count = Atomic<Int>(0)
  }

  /// The loops, in the order in which ``next()`` returns them.
  package let loops: [EventLoop]
  private let turn = Turn()

  /// The processors that this process may use: those in its affinity mask, or fewer if its container has a CPU limit.
  package static let processorCount: Int = {
    let allowed = Int(bulkhead_processor_count())
    return min(allowed, ProcessorQuota.current() ?? allowed)
  }()

  /// Makes the loops without starting them. Throws when the process has no descriptors left.
  package init(count: Int = EventLoopGroup.processorCount) throws(LoopError) {
    var loops: [EventLoop] = []
    for index in 0..<max(1, count) {
      loops.append(try EventLoop.make(name: "loop-\(index)"))
    }
    self.loops = loops
  }

  /// Makes a group of existing loops, for example with another poller. At least one is required.
  package init(loops: [EventLoop]) {
    precondition(!loops.isEmpty, "a group needs at least one loop")
    self.loops = loops
  }

  /// Starts every loop's thread.
  package func start() {
    for loop in loops { loop.start() }
  }

  /// Stops every loop, and returns at once.
  package func stop() {
    for loop in loops { loop.stop() }
  }

  /// The next loop in turn, for work that belongs to no specific loop.
  package func next() -> EventLoop {
    let number = turn.count.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
  }
}

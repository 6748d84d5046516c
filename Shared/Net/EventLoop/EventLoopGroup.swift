import CLinux
import Synchronization

/// The loops of a process: one thread per processor, each with what it owns.
package struct EventLoopGroup: Sendable {
  /// Hands out numbers to ``EventLoopGroup/next()``; a class, because an atomic cannot be copied.
  private final class Turn: Sendable {
    let count = Atomic<Int>(0)
  }

  /// The loops, in the order in which work is dealt to them.
  package let loops: [EventLoop]
  private let turn = Turn()

  /// The processors this process may use: those it may run on, or fewer where its container is given less time.
  package static let processorCount: Int = {
    let allowed = Int(bulkhead_processor_count())
    return min(allowed, ProcessorQuota.current() ?? allowed)
  }()

  /// Makes the loops without starting them; fails when the process has no descriptors left.
  package init(count: Int = EventLoopGroup.processorCount) throws(LoopError) {
    var loops: [EventLoop] = []
    for index in 0..<max(1, count) {
      loops.append(try EventLoop.make(name: "loop-\(index)"))
    }
    self.loops = loops
  }

  /// A group of loops that were made elsewhere, for example over another poller. At least one is required.
  package init(loops: [EventLoop]) {
    precondition(!loops.isEmpty, "a group needs at least one loop")
    self.loops = loops
  }

  /// Starts every loop's thread.
  package func start() {
    for loop in loops { loop.start() }
  }

  /// Asks every loop to end; returns at once.
  package func stop() {
    for loop in loops { loop.stop() }
  }

  /// The loops in turn, for work that belongs to none in particular.
  package func next() -> EventLoop {
    let number = turn.count.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
  }
}

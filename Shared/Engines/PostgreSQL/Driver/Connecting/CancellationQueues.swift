import DataAccess
import EventLoop
import Synchronization

/// The threads that send cancellations, a few for each server.
///
/// libpq waits without a limit for the server's answer to a cancellation. A server that hangs must hold up its own
/// cancellations alone, above all not those of the server that has taken its place.
final class CancellationQueues: Sendable {
  /// The cancellations that one server processes at a time.
  static let concurrency = 2
  /// The cancellations of one server that may wait; the pool closes the connection of one that is refused.
  static let queueLimit = 256
  /// The servers whose queues are kept for the next connection. A connection keeps its own queue.
  static let serverLimit = 64

  private let queues = Mutex<[ServerAddress: OffloadQueue]>([:])

  func queue(for server: ServerAddress) -> OffloadQueue {
    queues.withLock { queues in
      if let queue = queues[server] { return queue }
      if queues.count >= Self.serverLimit { queues = [:] }
      let queue = OffloadQueue(concurrency: Self.concurrency, queueLimit: Self.queueLimit)
      queues[server] = queue
      return queue
    }
  }
}

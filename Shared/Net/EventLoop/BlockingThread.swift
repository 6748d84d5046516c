import CLinux
import Glibc

/// A thread outside Dispatch's pools and outside Swift's cooperative pool, for work that blocks or computes.
///
/// Workers that block on a shared pool keep its threads. Timers, signals and every task without a loop then wait
/// behind them.
package enum BlockingThread {
  /// Linux limits a thread's name to 15 bytes and a NUL.
  private static let nameLengthLimit = 15

  private final class Start {
    let name: String
    let niceness: Int32
    let body: @Sendable () -> Void

    init(_ name: String, _ niceness: Int32, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.niceness = niceness
      self.body = body
    }
  }

  /// Starts a detached thread that runs the body and ends. False when the system has no thread left.
  ///
  /// - Parameter niceness: How far the thread gives way to the others of the machine, from 0 to 19 (`nice(2)`).
  package static func start(
    name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void
  ) -> Bool {
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(name, niceness, body))
    let result = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
        _ = bulkhead_name_thread(String(start.name.prefix(BlockingThread.nameLengthLimit)))
        if start.niceness > 0 { _ = bulkhead_give_way(start.niceness) }
        start.body()
        return nil
      }, start.toOpaque())
    guard result == 0 else {
      start.release()
      return false
    }
    pthread_detach(thread)
    return true
  }
}

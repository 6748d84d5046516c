import Foundation

/// Two threads that do the same, many times. Neither leaves before both have done it: of a thread that has ended,
/// ThreadSanitizer can have lost what it did, and it reports no race with it.
enum TwoThreads {
  static let rounds = 100_000

  static func run(_ body: @escaping @Sendable () -> Void) {
    let ended = DispatchSemaphore(value: 0)
    let mayLeave = DispatchSemaphore(value: 0)
    for _ in 0..<2 {
      Thread {
        for _ in 0..<rounds { body() }
        ended.signal()
        mayLeave.wait()
      }.start()
    }
    for _ in 0..<2 { ended.wait() }
    for _ in 0..<2 { mayLeave.signal() }
  }
}

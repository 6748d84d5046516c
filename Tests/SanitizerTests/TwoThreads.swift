import Foundation

/// Two threads that do the same, many times, at the same time.
enum TwoThreads {
  static let rounds = 100_000

  static func run(_ body: @escaping @Sendable () -> Void) {
    let ended = DispatchSemaphore(value: 0)
    for _ in 0..<2 {
      Thread {
        for _ in 0..<rounds { body() }
        ended.signal()
      }.start()
    }
    for _ in 0..<2 { ended.wait() }
  }
}

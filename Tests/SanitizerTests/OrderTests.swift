import Foundation
import Synchronization
import Testing

/// What ThreadSanitizer reported before it was shown the order of the toolchain's libraries: see Tests/Sanitizers/order.c.
@Suite struct OrderTests {
  @Test func `two threads change a value under a contended mutex, and each change counts`() {
    let protected = Protected()
    TwoThreads.run { protected.value.withLock { $0 += 1 } }
    #expect(protected.value.withLock { $0 } == 2 * TwoThreads.rounds)
  }

  @Test func `a task reads what another thread wrote before it resumed the task`() async {
    var sum = 0
    for number in 1...200 {
      let handed = await withUnsafeContinuation { continuation in
        Thread { continuation.resume(returning: Handed(number)) }.start()
      }
      sum += handed.value
    }
    #expect(sum == 20_100)
  }
}

private final class Protected: Sendable {
  let value = Mutex(0)
}

private final class Handed: Sendable {
  nonisolated(unsafe) var value: Int

  init(_ value: Int) {
    self.value = value
  }
}

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

  /// The second continuation has the first one's address.
  @Test func `a task that was suspended goes on in the right function at its next continuation`() async throws
  {
    for number in 1...20 {
      let late = try await withUnsafeThrowingContinuation {
        (continuation: UnsafeContinuation<Handed, any Error>) in
        Thread {
          Thread.sleep(forTimeInterval: 0.01)
          continuation.resume(returning: Handed(number))
        }.start()
      }
      #expect(late.value == number)
      let early = await withUnsafeContinuation { $0.resume(returning: Handed(number)) }
      #expect(early.value == number)
    }
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

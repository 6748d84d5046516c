import Foundation
import Synchronization
import Testing

/// Faults for `make sanitize ARGS=--self-test`, which fails where a sanitizer does not report them. No other run executes
/// them.
@Suite(.serialized) struct PlantedFaultTests {
  /// The sanitizer that tests itself: `address` or `thread`.
  private static let sanitizer = ProcessInfo.processInfo.environment["SANITIZER_SELF_TEST"]

  private static let rounds = 100_000

  @Test(.enabled(if: sanitizer == "thread"))
  func `planted: two threads change a value without a lock`() {
    let shared = Shared()
    inTwoThreads { shared.unprotected += 1 }
    #expect(shared.unprotected > 0)
  }

  /// The sanitizer must stay silent here.
  @Test(.enabled(if: sanitizer == "thread"))
  func `correct: two threads change a value under a contended mutex`() {
    let shared = Shared()
    inTwoThreads { shared.protected.withLock { $0 += 1 } }
    #expect(shared.protected.withLock { $0 } == 2 * Self.rounds)
  }

  @Test(.enabled(if: sanitizer == "address"))
  func `planted: a read behind the end of an allocation`() {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 8)
    bytes.initialize(repeating: 1, count: 8)
    defer { bytes.deallocate() }
    #expect(sum(of: bytes, count: 9) >= 8)
  }

  @inline(never) private func sum(of bytes: UnsafeMutablePointer<UInt8>, count: Int) -> Int {
    (0..<count).reduce(0) { $0 + Int(bytes[$1]) }
  }

  private func inTwoThreads(_ body: @escaping @Sendable () -> Void) {
    let ended = DispatchSemaphore(value: 0)
    for _ in 0..<2 {
      Thread {
        for _ in 0..<Self.rounds { body() }
        ended.signal()
      }.start()
    }
    for _ in 0..<2 { ended.wait() }
  }
}

private final class Shared: Sendable {
  nonisolated(unsafe) var unprotected = 0
  let protected = Mutex(0)
}

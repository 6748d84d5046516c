import Foundation
import Testing

/// Faults for `make sanitize ARGS=--self-test`, which fails where a sanitizer does not report them. No other run executes
/// them.
@Suite(.serialized) struct PlantedFaultTests {
  /// The sanitizer that tests itself: `address` or `thread`.
  private static let sanitizer = ProcessInfo.processInfo.environment["SANITIZER_SELF_TEST"]

  @Test(.enabled(if: sanitizer == "thread", "`make sanitize ARGS=--self-test` runs it"))
  func `planted: two threads change a value without a lock`() {
    let shared = Shared()
    TwoThreads.run { shared.value += 1 }
    #expect(shared.value > 0)
  }

  @Test(.enabled(if: sanitizer == "address", "`make sanitize ARGS=--self-test` runs it"))
  func `planted: a read behind the end of an allocation`() {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 8)
    bytes.initialize(repeating: 1, count: 8)
    defer { bytes.deallocate() }
    #expect(sum(of: bytes, count: 9) >= 8)
  }

  @inline(never) private func sum(of bytes: UnsafeMutablePointer<UInt8>, count: Int) -> Int {
    (0..<count).reduce(0) { $0 + Int(bytes[$1]) }
  }
}

private final class Shared: Sendable {
  nonisolated(unsafe) var value = 0
}

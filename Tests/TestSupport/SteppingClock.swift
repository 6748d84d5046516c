import Synchronization

/// A monotonic clock of nanoseconds that passes by a stride at each look, or when a test moves it.
package final class SteppingClock: Sendable {
  private let nanoseconds = Atomic<UInt64>(0)
  private let stride: UInt64

  /// A clock at 0.
  package init(stride: UInt64 = 0) {
    self.stride = stride
  }

  /// Moves the clock.
  package func pass(_ time: UInt64) { nanoseconds.add(time, ordering: .relaxed) }

  /// The time after one more stride.
  @Sendable
  package func look() -> UInt64 { nanoseconds.add(stride, ordering: .relaxed).newValue }
}

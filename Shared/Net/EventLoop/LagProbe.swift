import CLinux
import Clock
import Glibc

/// Measures how long a ready descriptor waits for its loop: it makes one of its own ready, and takes the time until the
/// loop reports it. The kernel reports ready descriptors in turn, so the probe waits as long as a client does, also when
/// one wake-up does not serve all of them.
///
/// It measures only while its user calls ``touch(at:)``: an idle loop sleeps. Loop thread only.
package final class LagProbe: ReadinessHandler {
  /// The pause between two measurements.
  private static let pauseNanoseconds: UInt64 = 20_000_000

  private let descriptor: Int32
  // Unchecked at run time, because each request reads it.
  @exclusivity(unchecked) private var queue: StandingQueue
  /// When the measurement in progress began; 0 without one.
  private var begun: UInt64 = 0
  private var nextBeginning: UInt64 = 0
  /// The last measurement.
  package private(set) var lagNanoseconds: UInt64 = 0

  /// A probe on a loop. It does nothing when the process has no descriptor left. A lag above the target counts as a
  /// queue.
  package init(on loop: EventLoop, targetMilliseconds: Int) {
    queue = StandingQueue(targetMilliseconds: targetMilliseconds)
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else { return }
    // Without a registration no measurement ends, and nothing counts as a queue.
    try? loop.register(descriptor, for: .readable, handler: self)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Begins a measurement if one is due. `now` may be some milliseconds behind.
  package func touch(at now: UInt64) {
    guard begun == 0, now >= nextBeginning, descriptor >= 0 else { return }
    var one: UInt64 = 1
    guard write(descriptor, &one, MemoryLayout<UInt64>.size) > 0 else { return }
    begun = MonotonicClock.nanoseconds()
  }

  /// Whether every descriptor waits too long.
  package func hasQueue(at now: @autoclosure () -> UInt64) -> Bool { queue.isStanding(at: now()) }

  /// Ends a measurement.
  package func ready(_ readiness: Readiness) {
    var count: UInt64 = 0
    _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
    guard begun > 0 else { return }
    let now = MonotonicClock.nanoseconds()
    lagNanoseconds = now - begun
    begun = 0
    nextBeginning = now + Self.pauseNanoseconds
    queue.note(waitNanoseconds: lagNanoseconds, at: now)
  }
}

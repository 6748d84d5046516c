import Synchronization

/// A clock that the test sets.
final class ClockBox: Sendable {
  private let milliseconds = Mutex<Int64>(0)
  var now: Int64 { milliseconds.withLock { $0 } }
  func set(_ now: Int64) { milliseconds.withLock { $0 = now } }
}

import EventLoop
import Glibc
import Synchronization

/// How long tests wait for a condition. A wait ends when the condition holds, so a long patience costs only a test that
/// fails; a short one makes a busy machine fail a test that would pass.
package enum Patience {
  /// Milliseconds until a condition that does not hold fails the test.
  package static let milliseconds = 60_000
  /// Milliseconds between two checks.
  package static let intervalMilliseconds = 10
}

/// Waits until the condition holds and returns true; false when it does not hold in time.
package func eventually(
  withinMilliseconds limit: Int = Patience.milliseconds, _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let deadline = ContinuousClock.now + .milliseconds(limit)
  while try await !condition() {
    guard ContinuousClock.now < deadline, !Task.isCancelled else { return try await condition() }
    try? await Task.sleep(for: .milliseconds(Patience.intervalMilliseconds))
  }
  return true
}

/// Waits until the condition holds, and fails the test when it does not hold in time.
package func eventually(
  _ what: String, withinMilliseconds limit: Int = Patience.milliseconds,
  _ condition: () async throws -> Bool
) async throws {
  guard try await eventually(withinMilliseconds: limit, condition) else {
    throw SupportError("not within \(limit) ms: \(what)")
  }
}

/// Blocks the calling thread until the condition holds, for code that blocks anyway. False when it does not hold in time.
package func waitUntil(_ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .milliseconds(Patience.milliseconds)
  while try !condition() {
    guard ContinuousClock.now < deadline else { return try condition() }
    usleep(UInt32(Patience.intervalMilliseconds) * 1_000)
  }
  return true
}

/// Tells work beside a test to end: a load, or a fault that returns again and again.
///
/// Where the test fails first, Swift cancels such work and waits for its end. Work that ignored the cancellation would
/// keep the test, and the threads of all others, for ever; so a cancelled task finds every flag set.
package final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  /// A flag that is not set.
  package init() {}

  /// Whether the work ends.
  package var isSet: Bool { flag.load(ordering: .relaxed) || Task.isCancelled }

  /// Sets the flag for good.
  package func set() { flag.store(true, ordering: .relaxed) }
}

/// A value that one side sets from a callback and the other side waits for.
package final class AsyncBox<Value: Sendable>: Sendable {
  private let content = Mutex<Value?>(nil)

  /// An empty box.
  package init() {}

  /// Replaces the box's value.
  package func set(_ value: Value) {
    content.withLock { $0 = value }
  }

  /// Empties the box.
  package func clear() { content.withLock { $0 = nil } }

  /// The box's value now.
  package var current: Value? { content.withLock { $0 } }

  /// The box's value, once it satisfies the condition.
  package func value(where condition: (Value) -> Bool = { _ in true }) async throws -> Value {
    var found: Value?
    try await eventually("a value in the box") {
      found = current.flatMap { condition($0) ? $0 : nil }
      return found != nil
    }
    guard let found else { throw SupportError("the box was emptied") }
    return found
  }
}

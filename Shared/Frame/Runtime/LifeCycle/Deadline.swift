import Dispatch
import Synchronization

/// Waits for work, but not for ever.
package enum Deadline {
  /// Runs the body and returns true, or returns false once the time is over; then the body goes on unobserved.
  ///
  /// A task group would wait for its losing child; work that hangs is just what this is for.
  package static func run(seconds: Double, _ body: @escaping @Sendable () async -> Void) async -> Bool {
    await value(seconds: seconds) {
      await body()
      return true
    } ?? false
  }

  /// The result of the body, or nil once the time is over; then the body is cancelled and goes on unobserved.
  package static func value<Value: Sendable>(
    seconds: Double, _ body: @escaping @Sendable () async -> Value
  ) async -> Value? {
    await withCheckedContinuation { continuation in
      let race = Race(continuation)
      let task = Task.detached { race.finish(await body()) }
      DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
        if race.finish(nil) { task.cancel() }
      }
    }
  }
}

/// Resumes its continuation once, for whoever comes first.
private final class Race<Value: Sendable>: Sendable {
  private let continuation: Mutex<CheckedContinuation<Value?, Never>?>

  init(_ continuation: CheckedContinuation<Value?, Never>) {
    self.continuation = Mutex(continuation)
  }

  @discardableResult
  func finish(_ value: Value?) -> Bool {
    let waiting = continuation.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    waiting?.resume(returning: value)
    return waiting != nil
  }
}

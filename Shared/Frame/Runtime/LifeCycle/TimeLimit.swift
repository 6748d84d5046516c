import Dispatch
import Synchronization

/// Runs work with a time limit.
package enum TimeLimit {
  /// A queue of its own, so that a time limit holds while other work fills Dispatch's shared queues.
  private static let timers = DispatchQueue(label: "time-limits")

  /// Runs the body and returns true. After the time limit it returns false, and the body continues unobserved.
  ///
  /// A task group would wait for its other child. This type is for work that may never end.
  package static func run(seconds: Double, _ body: @escaping @Sendable () async -> Void) async -> Bool {
    await value(seconds: seconds) {
      await body()
      return true
    } ?? false
  }

  /// The result of the body. After the time limit it returns nil, cancels the body, and the body continues unobserved.
  package static func value<Value: Sendable>(
    seconds: Double, _ body: @escaping @Sendable () async -> Value
  ) async -> Value? {
    await withCheckedContinuation { continuation in
      let race = Race(continuation)
      let task = Task.detached { race.finish(await body()) }
      timers.asyncAfter(deadline: .now() + seconds) {
        if race.finish(nil) { task.cancel() }
      }
    }
  }
}

/// Resumes its continuation once, with the first result.
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

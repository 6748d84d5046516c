import DataAccess
import EventLoop
import Synchronization

/// How long tests wait for what must come.
public enum Patience {
  /// Milliseconds until a condition that does not come true fails the test.
  public static let milliseconds = 20_000
  /// Milliseconds between two looks.
  public static let intervalMilliseconds = 20
}

/// Waits until the condition holds; fails the test when it does not in time.
public func eventually(
  _ what: String, withinMilliseconds limit: Int = Patience.milliseconds,
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .milliseconds(limit)
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw SupportError("not within \(limit) ms: \(what)") }
    try await Task.sleep(for: .milliseconds(Patience.intervalMilliseconds))
  }
}

/// A value that one side sets from a callback and the other side waits for.
public final class AsyncBox<Value: Sendable>: Sendable {
  private let content = Mutex<Value?>(nil)

  /// An empty box.
  public init() {}

  /// Replaces what is in the box.
  public func set(_ value: Value) {
    content.withLock { $0 = value }
  }

  /// What is in the box now.
  public var current: Value? { content.withLock { $0 } }

  /// What is in the box, once it is there and satisfies the condition.
  public func value(where condition: (Value) -> Bool = { _ in true }) async throws -> Value {
    var found: Value?
    try await eventually("a value in the box") {
      found = current.flatMap { condition($0) ? $0 : nil }
      return found != nil
    }
    guard let found else { throw SupportError("the box was emptied") }
    return found
  }
}

/// A callback that belongs to a loop, callable from any thread.
public struct LoopCall<Argument: Sendable>: Sendable {
  private let body: LoopBound<(Argument) -> Void>

  /// Binds the callback to its loop.
  public init(_ body: @escaping (Argument) -> Void, on loop: EventLoop) {
    self.body = LoopBound(body, to: loop)
  }

  /// Calls it on its loop, soon.
  public func call(_ argument: Argument) {
    let body = body
    body.loop.execute { body.value(argument) }
  }
}

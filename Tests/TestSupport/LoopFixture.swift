import EventLoop

/// A test's own loop, which runs as long as the fixture exists.
package final class LoopFixture: Sendable {
  /// The running loop.
  package let loop: EventLoop

  /// Makes and starts a loop.
  package init(name: String = "test") throws {
    loop = try EventLoop.make(name: name)
    loop.start()
  }

  /// Runs `body` on the loop's own thread, as a request does, and returns its result or throws its error.
  package func run<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let loop = loop
    return try await withCheckedThrowingContinuation { continuation in
      loop.run {
        do {
          continuation.resume(returning: try await body())
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
  }

  deinit {
    loop.stop()
  }
}

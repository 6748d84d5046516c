import EventLoop

extension EventLoop {
  /// Suspends the caller until `body`, which runs on the loop, has called its completion.
  func answer<Value: Sendable>(
    _ body: @escaping @Sendable (_ completion: @escaping (Result<Value, DatabaseError>) -> Void) -> Void
  ) async throws(DatabaseError) -> Value {
    let result: Result<Value, DatabaseError> = await withUnsafeContinuation { continuation in
      perform { body { continuation.resume(returning: $0) } }
    }
    return try result.get()
  }
}

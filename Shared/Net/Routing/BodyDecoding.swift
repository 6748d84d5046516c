import EventLoop

/// Threads that decode large bodies, so that no client holds a loop up with one.
package enum BodyDecoding {
  /// The size of the largest body that its loop decodes, in some tenths of a millisecond. It must serve others meanwhile.
  package static let bytesOnLoop = 64 << 10
  /// The most bodies that wait, and how long.
  private static let queueLimit = 1_024
  private static let waitLimitMilliseconds = 2_000
  /// How far decoding gives way to the loops.
  private static let niceness: Int32 = 5

  private static let queue = OffloadQueue(
    name: "decoding", concurrency: EventLoopGroup.processorCount, queueLimit: queueLimit,
    waitLimitMilliseconds: waitLimitMilliseconds, niceness: niceness)

  /// Runs the decoding of a body. Throws its error, or 503 when it would wait too long.
  static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    do {
      return try await queue.run(body)
    } catch let error as OffloadError {
      throw Problem.unavailable("The service is at its limit.", retryAfterSeconds: error.retryAfterSeconds)
    }
  }
}

import Cryptography
import EventLoop
import Logging
import Runtime

/// scrypt outside the loop: one hash takes tens of milliseconds and must not delay other requests.
///
/// Hashing has threads of its own, which give way to the loops. The queue in front of them is bounded by time: a hash
/// that would wait longer is refused at once, and the hash of a client that is gone is dropped.
struct PasswordHashing: Sendable {
  /// The default of `HASH_QUEUE_MS`. A client waits about this long before it gives up.
  static let defaultWaitMilliseconds = 2_000
  /// A bound of the queue's memory. The bound of time is far below it.
  private static let queueLimit = 4_096
  /// How far hashing gives way to the loops, so that a flood of sign-ins delays no other request.
  private static let niceness: Int32 = 10

  let queue: OffloadQueue
  let logger: Logger
  private let done: CounterInstrument
  private let refused: CounterInstrument
  private let abandoned: CounterInstrument
  /// A hash of a random password, so that an unknown user takes as long as a wrong password.
  private let decoy = PasswordHash.decoy()

  init(queue: OffloadQueue, logger: Logger, metrics: MetricRegistry) {
    self.queue = queue
    self.logger = logger
    let counter = { (outcome: String) in
      metrics.counter(
        "password_hashes_total", help: "Password hashes by their outcome: done, refused, abandoned.",
        labels: [("outcome", outcome)])
    }
    done = counter("done")
    refused = counter("refused")
    abandoned = counter("abandoned")
  }

  /// The hashing threads of a process: one for each processor.
  static func queue(waitLimitMilliseconds: Int = defaultWaitMilliseconds) -> OffloadQueue {
    OffloadQueue(
      name: "hashing", concurrency: EventLoopGroup.processorCount, queueLimit: queueLimit,
      waitLimitMilliseconds: waitLimitMilliseconds, niceness: niceness)
  }

  /// Refuses a request whose hash would wait too long, before any other work for it.
  func checkCapacity() throws(OffloadError) {
    guard let refusal = queue.refusal else { return }
    refused.increment(by: Int64(1))
    throw refusal
  }

  func hash(_ password: String) async throws -> String {
    try await run { try PasswordHash.hash(password) }
  }

  /// Whether the hash has another cost than a new one.
  func needsRehash(_ stored: String) -> Bool { PasswordHash.needsRehash(stored) }

  /// Whether the password matches the hash. Without a hash the result is false, after the same work.
  ///
  /// A stored text that is not a hash matches no password, after the same work too.
  func verify(_ password: String, against stored: String?) async throws -> Bool {
    do {
      return try await matches(password, stored ?? decoy) && stored != nil
    } catch CryptographyError.malformedHash {
      logger.error("stored password hash is malformed; its user cannot sign in")
      return try await matches(password, decoy) && false
    }
  }

  private func matches(_ password: String, _ hash: String) async throws -> Bool {
    try await run { try PasswordHash.verify(password, against: hash) }
  }

  private func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    do {
      let value = try await queue.run(body)
      done.increment(by: Int64(1))
      return value
    } catch let error as OffloadError {
      refused.increment(by: Int64(1))
      throw error
    } catch let error as CancellationError {
      abandoned.increment(by: Int64(1))
      throw error
    }
  }
}

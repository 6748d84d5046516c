import Cryptography
import EventLoop
import Logging
import Routing
import Runtime
import Transport

/// scrypt outside the loop: one hash takes tens of milliseconds and must not delay other requests.
///
/// Hashing has threads of its own, which give way to the loops. The queue in front of them is bounded by time: a hash
/// that would wait longer is refused at once, and the hash of a client that is gone is dropped. Sources take turns
/// (``HashQueue``), so that one source takes no others' turn.
struct PasswordHashing: Sendable {
  /// The default of `HASH_QUEUE_MS`. A client waits about this long before it gives up.
  static let defaultWaitMilliseconds = 2_000

  let queue: HashQueue
  let logger: Logger
  private let done: CounterInstrument
  private let refused: CounterInstrument
  private let abandoned: CounterInstrument
  /// A hash of a random password, so that an unknown user takes as long as a wrong password.
  private let decoy: String
  private let cost: ScryptCost

  /// `cost` is that of new hashes. A service has the standard one; tests that are not about it pass a lower one.
  init(queue: HashQueue, logger: Logger, metrics: MetricRegistry, cost: ScryptCost = .standard) {
    self.queue = queue
    self.logger = logger
    self.cost = cost
    decoy = PasswordHash.decoy(cost: cost)
    let counter = { (outcome: String) in
      metrics.counter(
        "password_hashes_total", help: "Password hashes by their outcome: done, refused, abandoned.",
        labels: [("outcome", outcome)])
    }
    done = counter("done")
    refused = counter("refused")
    abandoned = counter("abandoned")
  }

  /// Refuses a request whose hash would wait too long, or whose source has its share of hashes, before any other work
  /// for it.
  func checkCapacity(for source: ClientSource) throws { try checkCapacity(for: source, isKnown: false) }

  /// As ``checkCapacity(for:)``, for a source that may have signed in to the account before. Returns whether it has. Nothing is
  /// looked up while no hash waits, nor for a source that is refused in any case.
  func checkCapacity(for source: ClientSource, isKnown: () async -> Bool) async throws -> Bool {
    guard queue.waitingCount > 0, !queue.holdsShare(source) else {
      try checkCapacity(for: source)
      return false
    }
    let isKnown = await isKnown()
    try checkCapacity(for: source, isKnown: isKnown)
    return isKnown
  }

  private func checkCapacity(for source: ClientSource, isKnown: Bool) throws {
    guard let refusal = queue.refusal(of: source, isKnown: isKnown) else { return }
    refused.increment(by: Int64(1))
    throw refusal
  }

  func hash(_ password: String, from source: ClientSource, isKnown: Bool = false) async throws -> String {
    try await run(source, isKnown) { [cost] in try PasswordHash.hash(password, cost: cost) }
  }

  /// Whether the hash has another cost than a new one.
  func needsRehash(_ stored: String) -> Bool { PasswordHash.needsRehash(stored, cost: cost) }

  /// Whether the password matches the hash. Without a hash the result is false, after the same work.
  ///
  /// A stored text that is not a hash matches no password, after the same work too.
  func verify(
    _ password: String, against stored: String?, from source: ClientSource, isKnown: Bool = false
  ) async throws -> Bool {
    do {
      return try await matches(password, stored ?? decoy, source, isKnown) && stored != nil
    } catch CryptographyError.malformedHash {
      logger.error("stored password hash is malformed; its user cannot sign in")
      return try await matches(password, decoy, source, isKnown) && false
    }
  }

  private func matches(
    _ password: String, _ hash: String, _ source: ClientSource, _ isKnown: Bool
  ) async throws -> Bool {
    try await run(source, isKnown) { try PasswordHash.verify(password, against: hash) }
  }

  private func run<Value: Sendable>(
    _ source: ClientSource, _ isKnown: Bool, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    do {
      let value = try await queue.run(for: source, isKnown: isKnown, body)
      done.increment(by: Int64(1))
      return value
    } catch let error where error is OffloadError || error is Problem {
      refused.increment(by: Int64(1))
      throw error
    } catch let error as CancellationError {
      abandoned.increment(by: Int64(1))
      throw error
    }
  }
}

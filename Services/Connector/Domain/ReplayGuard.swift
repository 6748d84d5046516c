import Cache
import Schema
import Synchronization

/// Refuses a signed message that was accepted before.
///
/// A claim lasts for a short time, and a message that was stored is then accepted for the rest of its window. An attempt
/// without an end (its process was killed, or the database did not answer its commit) so refuses a later attempt for that
/// time alone, and never as accepted. Each process stores the ids that it has seen; the cache shares them between
/// processes. Without a cache each process still accepts a message at most once while its signature is valid.
final class ReplayGuard: Sendable {
  /// Twice the signature's tolerance, because the sender's clock may be ahead by all of it, and a minute more for the
  /// difference between our own clocks.
  static let windowSeconds = 2 * Int(PlatformSignature.toleranceSeconds) + 60
  /// How long a claim lasts. No transaction of a trigger's account is open for so long, so the attempt has ended then.
  static let progressSeconds = 120
  /// The most ids that one process accepts within one window.
  static let defaultCapacity = 100_000

  /// What the cache has for an accepted message. Claims count from 1, and never get there.
  private static let accepted: Int64 = 1_000_000_000

  /// The result of a claim that a message is new.
  enum Claim: Sendable, Equatable {
    case first
    /// Another attempt may still be at work.
    case unfinished
    /// The message was accepted.
    case taken
    /// More messages arrived within the window than the guard can store.
    case full
  }

  /// Accepted ids in two generations. A window after its first id the young generation becomes the old one, and the old
  /// one is dropped. Each id stays for at least one window, and each step costs the same.
  private struct Memory {
    /// The seconds at which the claims end.
    var claims: [String: Int64] = [:]
    var young: Set<String> = []
    var old: Set<String> = []
    var youngEnds = Int64.min

    mutating func turn(at second: Int64) {
      let window = Int64(ReplayGuard.windowSeconds)
      // A generation that ends later than one begun now was begun before the clock was set back. It becomes the old one,
      // and is not dropped: it would refuse new messages until the clock is there again, once it is full.
      guard second >= youngEnds || youngEnds > second + window else { return }
      let isLongAgo = second - window >= youngEnds
      old = isLongAgo ? [] : young
      young = []
      youngEnds = second + window
      claims = claims.filter { isClaimed($0.key, at: second) }
    }

    /// A claim that ends later than any does was made before the clock was set back.
    func isClaimed(_ id: String, at second: Int64) -> Bool {
      guard let end = claims[id] else { return false }
      return second < end && end <= second + Int64(ReplayGuard.progressSeconds)
    }
  }

  private let capacity: Int
  private let memory = Mutex(Memory())

  init(capacity: Int = defaultCapacity) {
    self.capacity = capacity
  }

  /// Claims the id. Later claims fail until ``release(_:cache:)``, or ``progressSeconds`` without ``accept(_:at:cache:)``.
  func claim(_ id: String, at now: Timestamp, cache: Cache) async -> Claim {
    let claim = claimHere(id, second: now.secondsSinceEpoch)
    guard claim == .first else { return claim }
    let count = await cache.increment(Self.key(id, cache), ttlSeconds: Self.progressSeconds)
    guard let count, count > 1 else { return .first }
    // Another process has it; only that process can release it.
    forget(id)
    return count > Self.accepted ? .taken : .unfinished
  }

  /// Notes that the message was stored. Later claims fail while its signature is valid.
  func accept(_ id: String, at now: Timestamp, cache: Cache) async {
    memory.withLock { memory in
      memory.claims[id] = nil
      memory.turn(at: now.secondsSinceEpoch)
      memory.young.insert(id)
    }
    await cache.set(
      Self.key(id, cache), Array(String(Self.accepted).utf8), ttlSeconds: Self.windowSeconds)
  }

  /// Releases the id of a message that was not stored, so that the platform's next attempt is accepted.
  func release(_ id: String, cache: Cache) async {
    await cache.remove(Self.key(id, cache))
    forget(id)
  }

  private static func key(_ id: String, _ cache: Cache) -> CacheKey {
    CacheKey(service: cache.service, "platform-event", id)
  }

  private func forget(_ id: String) {
    memory.withLock { $0.claims[id] = nil }
  }

  private func claimHere(_ id: String, second: Int64) -> Claim {
    memory.withLock { memory in
      memory.turn(at: second)
      guard !memory.young.contains(id), !memory.old.contains(id) else { return .taken }
      guard !memory.isClaimed(id, at: second) else { return .unfinished }
      guard memory.young.count + memory.claims.count < capacity else { return .full }
      memory.claims[id] = second + Int64(Self.progressSeconds)
      return .first
    }
  }
}

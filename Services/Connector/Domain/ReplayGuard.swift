import Cache
import Schema
import Synchronization

/// Refuses a signed message that was accepted before.
///
/// Each process stores the ids that it accepted; the cache shares them between processes. Without a cache each
/// process still accepts a message at most once while its signature is valid.
final class ReplayGuard: Sendable {
  /// Twice the signature's tolerance, because the sender's clock may be ahead by all of it, and a minute more for the
  /// difference between our own clocks.
  static let windowSeconds = 2 * Int(PlatformSignature.toleranceSeconds) + 60
  /// The most ids that one process accepts within one window.
  static let defaultCapacity = 100_000

  /// The result of a claim that a message is new.
  enum Claim: Sendable, Equatable {
    case first
    case taken
    /// More messages arrived within the window than the guard can store.
    case full
  }

  /// Ids in two generations. A window after its first id the young generation becomes the old one, and the old one is
  /// dropped. Each id stays for at least one window, and each step costs the same.
  private struct Memory {
    var young: Set<String> = []
    var old: Set<String> = []
    var youngEnds = Int64.min
  }

  private let capacity: Int
  private let memory = Mutex(Memory())

  init(capacity: Int = defaultCapacity) {
    self.capacity = capacity
  }

  /// Claims the id. Later claims fail until ``release(_:cache:)``.
  func claim(_ id: String, at now: Timestamp, cache: Cache) async -> Claim {
    let claim = claimHere(id, second: now.secondsSinceEpoch)
    guard claim == .first else { return claim }
    let count = await cache.increment(Self.key(id, cache), ttlSeconds: Self.windowSeconds)
    guard let count, count > 1 else { return .first }
    // Another process accepted it; only that process can release it.
    forget(id)
    return .taken
  }

  /// Releases the id of a message that could not be stored, so that the platform's next attempt is accepted.
  func release(_ id: String, cache: Cache) async {
    await cache.remove(Self.key(id, cache))
    forget(id)
  }

  private static func key(_ id: String, _ cache: Cache) -> CacheKey {
    CacheKey(service: cache.service, "platform-event", id)
  }

  private func forget(_ id: String) {
    memory.withLock { memory in
      memory.young.remove(id)
      memory.old.remove(id)
    }
  }

  private func claimHere(_ id: String, second: Int64) -> Claim {
    memory.withLock { memory in
      if second >= memory.youngEnds {
        let isLongAgo = second - Int64(Self.windowSeconds) >= memory.youngEnds
        memory.old = isLongAgo ? [] : memory.young
        memory.young = []
        memory.youngEnds = second + Int64(Self.windowSeconds)
      }
      guard !memory.young.contains(id), !memory.old.contains(id) else { return .taken }
      guard memory.young.count < capacity else { return .full }
      memory.young.insert(id)
      return .first
    }
  }
}

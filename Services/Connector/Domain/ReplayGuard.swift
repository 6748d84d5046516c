import Cache
import Schema
import Synchronization

/// Refuses a signed message that was taken already.
///
/// Each process remembers the ids it took; the cache shares them between processes. Without a cache a message is still
/// taken at most once by each process, within the time in which its signature is good.
final class ReplayGuard: Sendable {
  /// Twice the signature's tolerance, because a message may come from a clock that is ahead by all of it, and a minute
  /// more, so that nothing hangs on which of two clocks ticks first.
  static let windowSeconds = 2 * Int(PlatformSignature.toleranceSeconds) + 60
  /// Ids that one process takes within one window.
  static let defaultCapacity = 100_000

  /// What became of a message's claim to be new.
  enum Claim: Sendable, Equatable {
    case first
    case taken
    /// More messages came within the window than can be told apart.
    case full
  }

  /// Ids in two generations: a window after its first id the young one becomes the old one, and what was old is
  /// forgotten. Each id is remembered for a window at least, and each step costs the same.
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

  /// Whether this is the first time; from then on it is not, until it is released.
  func claim(_ id: String, at now: Timestamp, cache: Cache) async -> Claim {
    let claim = claimHere(id, second: now.secondsSinceEpoch)
    guard claim == .first else { return claim }
    let count = await cache.increment(Self.key(id, cache), ttlSeconds: Self.windowSeconds)
    guard let count, count > 1 else { return .first }
    // Another process took it, and it alone knows whether it will give it back.
    forget(id)
    return .taken
  }

  /// Gives an id back whose message could not be stored, so that the platform's next attempt is taken.
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

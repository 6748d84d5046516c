import Cache
import Schema
import Synchronization

/// Refuses a signed message that was taken already.
///
/// Each process remembers the ids it took; the cache shares them between processes. Without a cache a message is still
/// taken at most once by each process, within the time in which its signature is good.
final class ReplayGuard: Sendable {
  /// Twice the signature's tolerance: a message may come from a clock that is ahead by all of it.
  static let windowSeconds = 2 * Int(PlatformSignature.toleranceSeconds)
  static let maximumRemembered = 100_000

  private let seen = Mutex<[String: Int64]>([:])

  /// Whether this is the first time; from then on it is not. `false` also where too many messages came at once.
  func claim(_ id: String, at now: Timestamp, cache: Cache) async -> Bool {
    guard claimLocally(id, second: now.secondsSinceEpoch) else { return false }
    let key = Self.key(id, cache)
    let count = await cache.increment(key, ttlSeconds: Self.windowSeconds)
    return (count ?? 1) == 1
  }

  /// Gives an id back whose message could not be stored, so that the platform's next attempt is taken.
  func release(_ id: String, cache: Cache) async {
    seen.withLock { $0[id] = nil }
    await cache.remove(Self.key(id, cache))
  }

  private static func key(_ id: String, _ cache: Cache) -> CacheKey {
    CacheKey(service: cache.service, "platform-event", id)
  }

  private func claimLocally(_ id: String, second: Int64) -> Bool {
    seen.withLock { seen in
      if seen.count >= Self.maximumRemembered {
        seen = seen.filter { $0.value > second - Int64(Self.windowSeconds) }
      }
      guard seen[id] == nil, seen.count < Self.maximumRemembered else { return false }
      seen[id] = second
      return true
    }
  }
}

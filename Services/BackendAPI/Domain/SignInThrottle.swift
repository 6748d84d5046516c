import Cache
import Cryptography
import Routing

/// Slows password guessing down: refuses an e-mail address after too many failures within the window.
///
/// The cache stores the count for all processes. This process counts a failure that the cache did not count (it is lost,
/// out of memory, a replica), and both counts together have the limit. A lost cache locks no user out, and it gives a
/// guesser at most one more limit for each process and window.
struct SignInThrottle: Sendable {
  static let maximumFailures: Int64 = 10
  static let windowSeconds = 900

  let cache: Cache
  /// The failures that the cache did not count: the memory of this process, shared by its loops.
  let uncounted: Cache

  /// Refuses an address with too many failures. Call it before checking a password, and again before accepting it:
  /// concurrent guesses may have failed in between.
  func check(email: String) async throws(Problem) {
    let key = key(email)
    let count = await stored(in: cache, key) + stored(in: uncounted, key)
    if count >= Self.maximumFailures { throw refusal }
  }

  /// Counts a failure; beyond the limit the refusal replaces the answer to the guess.
  func recordFailure(email: String) async throws(Problem) {
    let key = key(email)
    let count: Int64
    if let counted = await cache.increment(key, ttlSeconds: Self.windowSeconds) {
      count = await counted + stored(in: uncounted, key)
    } else {
      // A cache that refuses writes may still return the failures that it counted before.
      let here = await uncounted.increment(key, ttlSeconds: Self.windowSeconds) ?? 0
      count = await here + stored(in: cache, key)
    }
    if count > Self.maximumFailures { throw refusal }
  }

  func reset(email: String) async {
    let key = key(email)
    await uncounted.remove(key)
    await cache.remove(key)
  }

  private func stored(in cache: Cache, _ key: CacheKey) async -> Int64 {
    await cache.get(key).flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
  }

  private var refusal: Problem {
    .tooManyRequests("too many failed sign-ins", retryAfterSeconds: Self.windowSeconds)
  }

  /// A digest, because cache keys may appear in the cache's log.
  private func key(_ email: String) -> CacheKey {
    CacheKey(service: cache.service, "sign-in-failures", SHA256.hex(email))
  }
}

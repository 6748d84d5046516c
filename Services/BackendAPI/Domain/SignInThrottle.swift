import Cache
import Cryptography
import Routing

/// Slows password guessing down: refuses an e-mail address after too many failures within the window.
///
/// The cache stores the count. Without a cache, sign-in is not throttled, because a lost cache must not lock users out.
struct SignInThrottle: Sendable {
  static let maximumFailures: Int64 = 10
  static let windowSeconds = 900

  let cache: Cache

  /// Refuses an address with too many failures. Call it before checking a password, and again before accepting it:
  /// concurrent guesses may have failed in between.
  func check(email: String) async throws(Problem) {
    guard let stored = await cache.get(key(email)),
      let count = Int64(String(decoding: stored, as: UTF8.self)),
      count >= Self.maximumFailures
    else { return }
    throw refusal
  }

  /// Counts a failure; beyond the limit the refusal replaces the answer to the guess.
  func recordFailure(email: String) async throws(Problem) {
    let count = await cache.increment(key(email), ttlSeconds: Self.windowSeconds)
    if let count, count > Self.maximumFailures { throw refusal }
  }

  func reset(email: String) async {
    await cache.remove(key(email))
  }

  private var refusal: Problem {
    .tooManyRequests("too many failed sign-ins", retryAfterSeconds: Self.windowSeconds)
  }

  /// A digest, because cache keys may appear in the cache's log.
  private func key(_ email: String) -> CacheKey {
    CacheKey(service: cache.service, "sign-in-failures", SHA256.hex(email))
  }
}

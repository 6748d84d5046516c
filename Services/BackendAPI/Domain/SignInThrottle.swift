import Cache
import Cryptography
import Routing

/// Slows down guessing: so many failures for one address within the window, then a pause.
///
/// The count lives in the cache. Without a cache sign-in still works, only unthrottled: a lost cache must not lock
/// anyone out.
struct SignInThrottle: Sendable {
  static let maximumFailures: Int64 = 10
  static let windowSeconds = 900

  let cache: Cache

  /// Refuses an address with too many failures. Ask before a password is looked at, and again before it is believed:
  /// guesses that were sent side by side have failed in between.
  func check(email: String) async throws(Problem) {
    guard let stored = await cache.get(key(email)),
      let count = Int64(String(decoding: stored, as: UTF8.self)),
      count >= Self.maximumFailures
    else { return }
    throw refusal
  }

  /// Counts a failure; one too many is not even told that it was one.
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

  /// A digest, because a cache key may show up in a log of the cache.
  private func key(_ email: String) -> CacheKey {
    CacheKey(service: cache.service, "sign-in-failures", SHA256.hex(email))
  }
}

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

  func check(email: String) async throws(Problem) {
    guard let stored = await cache.get(key(email)),
      let count = Int64(String(decoding: stored, as: UTF8.self)),
      count >= Self.maximumFailures
    else { return }
    throw .tooManyRequests("too many failed sign-ins", retryAfterSeconds: Self.windowSeconds)
  }

  func recordFailure(email: String) async {
    _ = await cache.increment(key(email), ttlSeconds: Self.windowSeconds)
  }

  func reset(email: String) async {
    await cache.remove(key(email))
  }

  /// A digest, because a cache key may show up in a log of the cache.
  private func key(_ email: String) -> CacheKey {
    CacheKey(service: cache.service, "sign-in-failures", SHA256.hex(email))
  }
}

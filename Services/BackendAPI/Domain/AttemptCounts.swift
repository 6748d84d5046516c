import Cache
import Clock
import Schema

/// Counts attempts and pauses between them, for all processes in the cache.
///
/// This process counts what the cache did not count (it is lost, out of memory, a replica), and both counts together have
/// the limit. So a lost cache gives a guesser at most one more limit for each process and window, and locks no user out.
struct AttemptCounts: Sendable {
  static let windowSeconds = 900
  private static let mark = Array("1".utf8)

  let cache: Cache
  /// The memory of this process, shared by its loops.
  let uncounted: Cache
  let currentTime: @Sendable () -> Timestamp

  /// The attempts within the window.
  func count(_ key: CacheKey) async -> Int64 {
    await Self.number(in: cache, key) + Self.number(in: uncounted, key)
  }

  /// Counts an attempt, and returns the number of those within the window.
  @discardableResult
  func add(_ key: CacheKey, ttlSeconds: Int = windowSeconds) async -> Int64 {
    if let counted = await cache.increment(key, ttlSeconds: ttlSeconds) {
      return await counted + Self.number(in: uncounted, key)
    }
    // A cache that refuses writes may still return what it counted before.
    let here = await uncounted.increment(key, ttlSeconds: ttlSeconds) ?? 0
    return await here + Self.number(in: cache, key)
  }

  func remove(_ key: CacheKey) async {
    await uncounted.remove(key)
    await cache.remove(key)
  }

  /// Keeps a mark for a time; this process keeps it too, for a cache that takes no writes.
  func remember(_ key: CacheKey, seconds: Int) async {
    await cache.set(key, Self.mark, ttlSeconds: seconds)
    await uncounted.set(key, Self.mark, ttlSeconds: seconds)
  }

  /// Whether there is such a mark.
  func remembers(_ key: CacheKey) async -> Bool {
    if await cache.get(key) != nil { return true }
    return await uncounted.get(key) != nil
  }

  /// Takes the only attempt of a pause, which begins with it; nil when it is free, and else the seconds to its end.
  func secondsOfPause(_ name: String, _ digest: String, seconds: Int) async -> Int? {
    let now = currentTime().secondsSinceEpoch
    let end = cache.key("\(name)-end", digest)
    if await add(cache.key(name, digest), ttlSeconds: seconds) == 1 {
      let text = Array(String(now + Int64(seconds)).utf8)
      await cache.set(end, text, ttlSeconds: seconds)
      await uncounted.set(end, text, ttlSeconds: seconds)
      return nil
    }
    let ends = [await Self.number(in: cache, end), await Self.number(in: uncounted, end)]
    return min(seconds, max(1, Int((ends.max() ?? 0) - now)))
  }

  private static func number(in cache: Cache, _ key: CacheKey) async -> Int64 {
    await cache.get(key).flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
  }
}

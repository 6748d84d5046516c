import Cache
import JSON

/// The summary that the rollup worker leaves in the cache. Without it a report is counted anew: slower, not wrong.
struct SummaryCache: Sendable {
  /// Seconds; two of the worker's default rounds.
  static let lifetimeSeconds = 120

  let cache: Cache

  func load() async -> Summary? {
    guard let stored = await cache.get(key) else { return nil }
    // A document that cannot be read is one of another version: count anew.
    return try? JSONCoding.decode(Summary.self, from: stored)
  }

  func store(_ summary: Summary) async throws {
    await cache.set(key, try JSONCoding.encode(summary), ttlSeconds: Self.lifetimeSeconds)
  }

  private var key: CacheKey { CacheKey(service: cache.service, "summary") }
}

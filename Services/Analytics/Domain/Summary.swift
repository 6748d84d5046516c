import Cache
import JSON
import Schema

/// The state of the fleet in a few numbers.
struct Summary: Codable, Sendable {
  struct UserCounts: Codable, Sendable {
    let total: Int
    let active: Int
    let confirmed: Int
    let operators: Int
  }

  struct SessionCounts: Codable, Sendable {
    let total: Int
    let open: Int
  }

  let users: UserCounts
  let sessions: SessionCounts
  let events: Int
  let generatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case users, sessions, events
    case generatedAt = "generated_at"
  }
}

/// The summary that the rollup worker stores in the cache. Without it a report counts again: slower, with the same
/// result.
struct SummaryCache: Sendable {
  /// Seconds; two of the worker's default rounds.
  static let lifetimeSeconds = 120

  let cache: Cache

  func load() async -> Summary? {
    guard let stored = await cache.get(key) else { return nil }
    // An unreadable document comes from another version: count again.
    return try? JSONCoding.decode(Summary.self, from: stored)
  }

  func store(_ summary: Summary) async throws {
    await cache.set(key, try JSONCoding.encode(summary), ttlSeconds: Self.lifetimeSeconds)
  }

  private var key: CacheKey { CacheKey(service: cache.service, "summary") }
}

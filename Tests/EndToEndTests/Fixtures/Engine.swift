/// The engines that the whole fleet is run on; one body of every test runs on each.
enum Engine: String, Sendable, CaseIterable {
  /// SQLite and the memory cache.
  case embedded
  /// PostgreSQL 16 and Redis.
  case servers
}

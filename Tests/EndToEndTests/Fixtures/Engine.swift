/// A database and a cache that the whole fleet is run on; one body of every test runs on each.
///
/// Another engine is another value in ``allCases``: the kind of server that `servers.sh` starts for it, and the names
/// under which `servers.sh` reports where it listens.
struct Engine: Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// A server of the test's own.
  struct Server: Sendable, Hashable {
    /// What `servers.sh start` calls it.
    let kind: String
    /// The value of `DB_TYPE` or `CACHE_TYPE`.
    let type: String
    /// What the variables that `servers.sh` writes begin with.
    let prefix: String
  }

  let description: String
  /// Nil where the database is a file.
  let database: Server?
  /// Nil where the cache is the memory of each process.
  let cache: Server?

  /// SQLite and the memory cache.
  static let embedded = Engine(description: "embedded", database: nil, cache: nil)
  /// PostgreSQL 16 and Redis.
  static let servers = Engine(
    description: "servers",
    database: Server(kind: "postgresql", type: "postgresql", prefix: "POSTGRES"),
    cache: Server(kind: "redis", type: "redis", prefix: "REDIS"))

  static let allCases = [embedded, servers]

  /// The servers that have to be started first.
  var needed: [Server] { [database, cache].compactMap { $0 } }
}

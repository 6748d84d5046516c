import Foundation

/// A database and a cache for the whole fleet. The same tests run on each.
///
/// Another engine is another value in ``allCases``: the kind of server that `servers.sh` starts for it, and the names
/// of the variables that `servers.sh` writes for it.
struct Engine: Sendable, Hashable, CaseIterable, CustomStringConvertible {
  /// A server that only one test uses.
  struct Server: Sendable, Hashable {
    /// The argument of `servers.sh start`.
    let kind: String
    /// The value of `DB_TYPE` or `CACHE_TYPE`.
    let type: String
    /// The prefix of the variables that `servers.sh` writes.
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

  /// MariaDB 10.11 and the memory cache.
  static let mariadb = Engine(
    description: "MariaDB", database: Server(kind: "mariadb", type: "mysql", prefix: "MARIADB"), cache: nil)

  /// Three nodes of a Galera cluster and the memory cache.
  static let galera = Engine(
    description: "Galera", database: Server(kind: "galera", type: "mysql", prefix: "MARIADB"), cache: nil)

  /// MySQL and the memory cache, for the tests that `make test-mysql` runs. Its accounts need TLS.
  static let mysql = Engine(
    description: "MySQL", database: Server(kind: "mysql", type: "mysql", prefix: "MYSQL"), cache: nil)

  /// Whether there is a MySQL to start.
  static let hasMySQL = ProcessInfo.processInfo.environment["TEST_MYSQL_ENV"] != nil

  static let allCases = [embedded, servers, mariadb]

  /// Whether the database is MariaDB or MySQL.
  var isOfMySQLFamily: Bool { database?.type == "mysql" }

  /// Whether the database says which transactions are open. Where it does not, an event waits two minutes.
  var reportsOpenWriters: Bool { !isOfMySQLFamily }

  /// How long a test waits for what follows from an event.
  var eventMilliseconds: Int { reportsOpenWriters ? 60_000 : 240_000 }

  /// The servers that the engine needs.
  var needed: [Server] { [database, cache].compactMap { $0 } }
}

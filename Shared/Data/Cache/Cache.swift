import EventLoop
import Logging

/// A service's cache, one for each loop. Its operations do not throw: when the cache is unavailable, slow or refuses,
/// they return no value, and the service works without it.
///
/// ```swift
/// let key = cache.key("summary")
/// if let stored = await cache.get(key) { return stored }
/// await cache.set(key, summary, ttlSeconds: 60)
/// ```
/// The log and ``status()`` report trouble once per change. A caller that must not lose a count, such as a throttle,
/// checks for nil and counts elsewhere.
package struct Cache: Sendable {
  /// The service that owns the keys.
  package let service: String
  private let access: CacheRights.Access
  private let connection: any CacheConnection
  private let health: CacheHealth

  init(
    service: String, access: CacheRights.Access, connection: any CacheConnection, health: CacheHealth
  ) {
    self.service = service
    self.access = access
    self.connection = connection
    self.health = health
  }

  /// Wraps a connection that is already open, such as one to this process's memory.
  package init(
    service: String, access: CacheRights.Access = .readWrite, connection: any CacheConnection, logger: Logger
  ) {
    let health = CacheHealth(access: access, logger: logger)
    health.connectionChanged(to: .available)
    self.init(service: service, access: access, connection: connection, health: health)
  }

  /// Returns a key of this service.
  package func key(_ parts: String...) -> CacheKey { CacheKey(service: service, parts: parts) }

  /// Returns the value, or nil when there is none or the cache is unavailable.
  package func get(_ key: CacheKey) async -> [UInt8]? {
    await run("GET", key)?.byteString
  }

  /// Stores the value for the given time, which is at least a second.
  package func set(_ key: CacheKey, _ value: [UInt8], ttlSeconds: Int) async {
    _ = await run("SET", key, [value, Self.word("EX"), Self.seconds(ttlSeconds)])
  }

  /// Removes the value, if there is one.
  package func remove(_ key: CacheKey) async {
    _ = await run("DEL", key)
  }

  /// Adds one to a counter and returns it, or nil when the cache is unavailable. The window is fixed: the counter
  /// expires the given time after its first increment, and later increments do not extend it.
  package func increment(_ key: CacheKey, ttlSeconds: Int) async -> Int64? {
    guard let name = Self.name(key) else { return nil }
    // SET creates the counter with its expiry, so that no counter stays for ever when this process dies between two
    // commands.
    let creation = [
      Self.word("SET"), name, Self.word("0"), Self.word("EX"), Self.seconds(ttlSeconds), Self.word("NX"),
    ]
    let results = await connection.pipeline([creation, [Self.word("INCR"), name]])
    guard let last = results.last, let count = note(last)?.integer else { return nil }
    // When the counter expired between the two commands, INCR created one without an expiry.
    if count == 1 { _ = await run("EXPIRE", key, [Self.seconds(ttlSeconds)]) }
    return count
  }

  /// The last known status; sends nothing to the cache.
  package func status() -> CacheStatus { health.status }

  /// Uses the cache now as the service uses it, for the readiness answer: reads a key of the probe's own, and writes it
  /// where the account may write. `PING` is not enough, because a server that is out of memory still answers it.
  package func probe() async -> CacheStatus {
    let name = Array(key(Self.probeName).rendered.utf8)
    let read = [Self.word("GET"), name]
    let write = [
      Self.word("SET"), name, Self.word("1"), Self.word("EX"), Self.seconds(Self.probeLifetimeSeconds),
    ]
    let results = await connection.pipeline(access == .readWrite ? [write, read] : [read])
    if results.map({ note($0) }).allSatisfy({ $0 != nil }) { health.probeSucceeded() }
    return health.status
  }

  private static let probeName = "readiness-probe"
  private static let probeLifetimeSeconds = 10

  /// Closes this loop's connection.
  package func close() async { await connection.close() }

  private func run(_ command: String, _ key: CacheKey, _ rest: [[UInt8]] = []) async -> RESPValue? {
    guard let name = Self.name(key) else { return nil }
    let words = [Self.word(command), name] + rest
    return note(await Self.result { () throws(CacheError) in try await connection.command(words) })
  }

  private func note(_ result: Result<RESPValue, CacheError>) -> RESPValue? {
    switch result {
    case .success(let value): return value
    case .failure(let error):
      health.commandFailed(error)
      return nil
    }
  }

  private static func result(
    _ body: () async throws(CacheError) -> RESPValue
  ) async -> Result<RESPValue, CacheError> {
    do throws(CacheError) {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }

  private static func name(_ key: CacheKey) -> [UInt8]? {
    let bytes = Array(key.rendered.utf8)
    return bytes.count <= CacheKey.maximumBytes ? bytes : nil
  }

  private static func seconds(_ seconds: Int) -> [UInt8] { word(String(max(1, seconds))) }
  private static func word(_ text: String) -> [UInt8] { Array(text.utf8) }
}

extension Cache {
  /// Opens the cache of `service` for one loop. Returns at once and connects in the background.
  ///
  /// - Parameters:
  ///   - access: What the account may do with the service's keys.
  ///   - connectionName: The name that the server lists for the connection. The default is the service's name.
  ///   - onFailure: Called for each command that fails, to count it.
  /// - Throws: `encryptionFailed` when the file of certificate authorities is unreadable.
  package static func open(
    service: String, access: CacheRights.Access = .readWrite, from source: any CacheSource,
    connectionName: String? = nil, on loop: EventLoop, logger: Logger,
    onFailure: @escaping @Sendable (CacheError) -> Void = { _ in }
  ) throws(CacheError) -> Cache {
    let health = CacheHealth(
      access: access, server: source.server, logger: logger, onFailure: onFailure)
    let connection = try source.connect(name: connectionName ?? service, on: loop) {
      health.connectionChanged(to: $0)
    }
    return Cache(service: service, access: access, connection: connection, health: health)
  }
}

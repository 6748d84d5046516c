import Cache
import Clock
import MemoryCache
import PostgresDriver
import RedisDriver
import Routing
import Runtime
import SQLiteDriver
import Schema
import Service

/// backend-api: users, sessions and settings. This page is its whole wiring: what is not here it cannot touch.
struct BackendAPI: ServiceDefinition {
  let name = "backend-api"
  let defaultPort = 8081
  /// The only service that can mint a token.
  let tokenKey = TokenKeyHalf.signing
  let cacheRights = CacheRights(keyPrefix: "backend-api:", access: .readWrite)
  let engines = EngineRegistry(
    databases: [PostgresEngine(), SQLiteEngine()], caches: [RedisEngine(), MemoryCacheEngine()])

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {
    guard let issuer = resources.tokens.issuer else { throw MissingSigningKey() }
    let events = EventLog(source: name)
    let users = UserRepository(database: resources.database, events: events)
    let sessions = SessionRepository(database: resources.database, events: events)
    let settings = SettingRepository(database: resources.database, events: events)
    let passwords = PasswordHashing(logger: resources.logger)
    let currentTime: @Sendable () -> Timestamp = { Timestamp.now() }

    UserHandlers(users: users, passwords: passwords, currentTime: currentTime).addRoutes(to: &router)
    SessionHandlers(
      users: users, sessions: sessions, passwords: passwords,
      throttle: SignInThrottle(cache: resources.cache),
      issuer: issuer, currentTime: currentTime
    ).addRoutes(to: &router)
    SettingHandlers(settings: settings, currentTime: currentTime).addRoutes(to: &router)
    KeySetHandlers(document: resources.tokens.keySetDocument).addRoutes(to: &router)
  }

  func isRevoked(_ principal: Principal, on resources: LoopResources) async throws -> Bool {
    let sessions = SessionRepository(database: resources.database, events: EventLog(source: name))
    return try await sessions.isRevoked(principal)
  }
}

/// The frame promised a signing key and brought none.
struct MissingSigningKey: Error, CustomStringConvertible {
  let description = "backend-api needs the private half of the token key (TOKEN_KEY_FILE)"
}

import Cache
import Clock
import EventLoop
import Identity
import Logging
import MariaDBDriver
import MemoryCache
import PostgresDriver
import RedisDriver
import Routing
import Runtime
import SQLiteDriver
import Schema
import Service

/// backend-api: users, sessions and settings. This file is its whole wiring: it can touch nothing that is not named
/// here.
struct BackendAPI: ServiceDefinition {
  let name = "backend-api"
  let defaultPort = 8081
  /// The only service that can mint a token.
  let tokenKey = TokenKeyHalf.signing
  let cacheRights = CacheRights(keyPrefix: "backend-api:", access: .readWrite)
  /// The attempts that the cache could not count. All loops of this process share them.
  private let uncounted = Cache(
    service: "backend-api",
    connection: MemoryStore().connection(
      account: "backend-api", rights: [CacheRights(keyPrefix: "backend-api:", access: .readWrite)]),
    logger: Logger(label: "backend-api") { _ in SwiftLogNoOpLogHandler() })
  let engines = EngineRegistry(
    databases: [PostgresEngine(), MariaDBEngine(), SQLiteEngine()],
    caches: [RedisEngine(), MemoryCacheEngine()])
  /// The threads that hash passwords. All loops of this process share them.
  private let hashing: HashQueue
  private let failuresOfSource: Int
  private let signUps: Int
  private let lifetimes: SessionLifetimes
  private let outbox: OutboxFile?
  private let mailWork = BackgroundWork(limit: MailedTokenRoutes.maximumInBackground)

  /// Reads `HASH_QUEUE_MS`, the longest time that a sign-in waits for its turn to be hashed, the limits of one address, how
  /// long sessions and their tokens last, and `MAIL_OUTBOX`.
  init(reading environment: inout EnvironmentReader) {
    hashing = HashQueue(
      waitLimitMilliseconds: environment.integer(
        "HASH_QUEUE_MS", default: PasswordHashing.defaultWaitMilliseconds, in: 100...60_000))
    failuresOfSource = environment.integer(
      "SIGN_IN_FAILURES", default: SignInThrottle.defaultFailuresOfSource, in: 1...1_000_000)
    signUps = environment.integer("SIGN_UPS", default: SignUpThrottle.defaultSignUps, in: 1...1_000_000)
    lifetimes = SessionLifetimes(reading: &environment)
    outbox = OutboxFile(reading: &environment)
  }

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {
    guard let issuer = resources.tokens.issuer else { throw MissingSigningKey() }
    let events = EventLog(source: name, on: resources)
    let users = UserRepository(database: resources.database, events: events)
    let sessions = SessionRepository(database: resources.database, events: events)
    let settings = SettingRepository(database: resources.database, events: events)
    let passwords = PasswordHashing(queue: hashing, logger: resources.logger, metrics: resources.metrics)
    let currentTime: @Sendable () -> Timestamp = { Timestamp.now() }

    let counts = AttemptCounts(cache: resources.cache, uncounted: uncounted, currentTime: currentTime)
    let throttle = SignInThrottle(counts: counts, failuresOfSource: failuresOfSource)
    let mail = outbox.map { outbox in
      AccountMail(
        tokens: UserTokenRepository(database: resources.database, users: users, events: events), users: users,
        mailer: CountedMailer(outbox, metrics: resources.metrics), throttle: MailThrottle(counts: counts),
        logger: resources.logger, currentTime: currentTime)
    }
    UserRoutes(
      users: users, passwords: passwords, throttle: SignUpThrottle(counts: counts, signUps: signUps),
      presence: PresenceCheck(users: users, passwords: passwords, throttle: throttle),
      mail: mail, currentTime: currentTime
    ).add(to: &router)
    MailedTokenRoutes(
      mail: mail, passwords: passwords, work: mailWork, start: { [loop = resources.loop] in loop.run($0) },
      currentTime: currentTime
    ).add(to: &router)
    SessionRoutes(
      users: users, sessions: sessions, passwords: passwords, throttle: throttle,
      issuer: issuer, lifetimes: lifetimes, changes: resources.changes, logger: resources.logger,
      currentTime: currentTime
    ).add(to: &router)
    SettingRoutes(settings: settings, currentTime: currentTime).add(to: &router)
    KeySetRoutes(document: resources.tokens.keySetDocument).add(to: &router)
  }

  func revocation(on resources: LoopResources) -> (any RevocationCheck)? {
    SessionRepository(database: resources.database, events: EventLog(source: name, on: resources))
  }
}

/// The frame supplied no signing key.
struct MissingSigningKey: Error, CustomStringConvertible {
  let description = "backend-api needs the private half of the token key (TOKEN_KEY_FILE)"
}

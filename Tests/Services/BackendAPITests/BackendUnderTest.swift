import Cache
import Clock
import Cryptography
import DataAccess
import DatabaseTestSupport
import HTTP
import Identity
import JSON
import Logging
import MemoryCache
import Routing
import Runtime
import Schema
import Service
import Synchronization
import TestSupport
import Testing

@testable import backend_api

/// The time of a test, which can be set forward. It passes, or stands still at a moment of the test's own.
final class TestClock: Sendable {
  private let start: Timestamp?
  private let ahead = Mutex<Int64>(0)

  init(standingAt start: Timestamp? = nil) {
    self.start = start
  }

  var now: Timestamp { (start ?? .now()).adding(seconds: ahead.withLock { $0 }) }

  func advance(seconds: Int64) { ahead.withLock { $0 += seconds } }
}

/// Keeps the messages in memory.
final class KeptMail: Mailer {
  private let kept = Mutex<[MailMessage]>([])
  var messages: [MailMessage] { kept.withLock { $0 } }

  func send(_ message: MailMessage) throws(MailError) { kept.withLock { $0.append(message) } }
  func check() throws(MailError) {}

  func token(_ kind: MailMessage.Kind) throws -> String {
    try #require(messages.last { $0.kind == kind }?.token)
  }
}

/// backend-api's handlers and repositories over a database of the test's own and a cache in memory.
struct BackendUnderTest: Sendable {
  static let password = "correct horse battery"
  /// The lowest cost: hundreds of hashes of the standard one would take a good part of the tests' time.
  static let hashCost = ScryptCost.minimum

  let database: Database
  let userStore: UserRepository
  let sessionStore: SessionRepository
  let settingStore: SettingRepository
  let users: UserRoutes
  let sessions: SessionRoutes
  let settings: SettingRoutes
  let mailed: MailedTokenRoutes
  let verifier: TokenVerifier
  let clock: TestClock

  static func with(
    _ engine: TestEngine, connections: Int = 8, cacheAccess: CacheRights.Access = .readWrite,
    mailer: (any Mailer)? = nil, hashing: HashQueue = HashQueue(waitLimitMilliseconds: 60_000),
    changes: Int = 60_000,
    _ body: (BackendUnderTest) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(.patient(connections)) { database in
        try await body(BackendUnderTest(database, cacheAccess, mailer, hashing, changes))
      }
    }
  }

  private init(
    _ database: Database, _ cacheAccess: CacheRights.Access, _ mailer: (any Mailer)?, _ hashing: HashQueue,
    _ changes: Int
  ) throws {
    self.database = database
    let events = EventLog(source: "backend-api", account: "backend-api-rw")
    let cache = Self.cache(cacheAccess)
    let key = try Ed25519.PrivateKey.generate()
    let passwords = PasswordHashing(
      queue: hashing, logger: .silent, metrics: MetricRegistry(), cost: Self.hashCost)
    let clock = TestClock()
    self.clock = clock
    let now: @Sendable () -> Timestamp = { clock.now }
    let counts = AttemptCounts(cache: cache, uncounted: Self.cache(.readWrite), currentTime: now)
    userStore = UserRepository(database: database, events: events)
    sessionStore = SessionRepository(database: database, events: events)
    settingStore = SettingRepository(database: database, events: events)
    let throttle = SignInThrottle(counts: counts)
    let (users, tokens) = (
      userStore, UserTokenRepository(database: database, users: userStore, events: events)
    )
    let mail = mailer.map {
      AccountMail(
        tokens: tokens, users: users, mailer: $0, throttle: MailThrottle(counts: counts), logger: .silent,
        currentTime: now)
    }
    self.users = UserRoutes(
      users: userStore, passwords: passwords, throttle: SignUpThrottle(counts: counts, signUps: 20),
      presence: PresenceCheck(users: userStore, passwords: passwords, throttle: throttle), mail: mail,
      currentTime: now)
    mailed = MailedTokenRoutes(
      mail: mail, passwords: passwords, work: BackgroundWork(limit: 64),
      start: { body in Task { await body() } }, currentTime: now)
    sessions = SessionRoutes(
      users: userStore, sessions: sessionStore, passwords: passwords, throttle: throttle,
      issuer: TokenIssuer(privateKey: key), lifetimes: SessionLifetimes(),
      changes: ChangeLimit(changes: changes), logger: .silent, currentTime: now)
    settings = SettingRoutes(settings: settingStore, currentTime: now)
    verifier = TokenVerifier(keySet: JWKS(keys: [key.publicKey]))
  }

  static func cache(_ access: CacheRights.Access) -> Cache {
    Cache(
      service: "backend-api",
      connection: MemoryStore().connection(
        account: "backend-api-cache", rights: [CacheRights(keyPrefix: "backend-api:", access: access)]),
      logger: .silent)
  }

  /// A new member's id.
  func signUp(_ email: String = "ada@example.org", from address: String? = nil) async throws -> Int64 {
    let response = try await users.create(
      Self.post(["email": .string(email), "password": .string(Self.password)], from: address), Self.context())
    return try #require(try Self.json(response)["id"]?.integer)
  }

  /// The status of a sign-in.
  func signIn(
    _ email: String = "ada@example.org", password: String = password, from address: String? = nil
  ) async throws -> Status {
    try await Self.status { try await signInResponse(email, password: password, from: address) }
  }

  /// The principal of a new session's token.
  func principal(_ email: String = "ada@example.org") async throws -> Principal {
    let token = try Self.json(await signInResponse(email))["token"]?.string
    return try verifier.verify(#require(token), now: Timestamp.now().secondsSinceEpoch)
  }

  func signInResponse(
    _ email: String, password: String = password, from address: String? = nil
  ) async throws -> Response {
    try await sessions.create(
      Self.post(["email": .string(email), "password": .string(password)], from: address), Self.context())
  }

  /// The context of a request by a user who has a session, and the role in the table too.
  func caller(
    _ userID: Int64, role: Role = .member, _ parameters: [String: String] = [:]
  ) async throws -> RequestContext {
    if role == .operator {
      try await database.run(Users.update(\.role <- role.rawValue).where(\.id == userID))
    }
    let (hash, now) = (RefreshToken().sessionHash, clock.now)
    try await database.run(
      Sessions.insert(
        \.userID <- userID, \.tokenHash <- hash, \.createdAt <- now,
        \.expiresAt <- now.adding(seconds: 3_600)))
    let id = try await database.first(Sessions.select(\.id).where(\.tokenHash == hash), as: { $0 })
    return Self.context(userID, role: role, session: try #require(id), parameters)
  }

  /// The types of the written events, in order.
  func eventTypes() async throws -> [String] {
    try await database.all(Events.select(\.type).orderBy(\.id), as: { $0 })
  }
}

extension BackendUnderTest {
  /// The author of changes that a test makes beside the routes.
  static let author = EventAuthor(RequestContext(requestID: "test"), address: nil)

  /// A body that names the present password.
  static func body(_ method: HTTP.Method, _ json: String) throws -> Request {
    try Request(method, "/", headers: ["Content-Type": "application/json"], body: Array(json.utf8))
  }

  static let departure = #"{"current_password":"correct horse battery"}"#

  static func post(_ body: JSONValue, from address: String? = nil) throws -> Request {
    try Request(
      .post, "/", headers: ["Content-Type": "application/json"], body: JSONCoding.encode(body),
      remoteAddress: address)
  }

  static func context(
    _ userID: Int64? = nil, role: Role = .member, session: Int64 = 1, _ parameters: [String: String] = [:]
  ) -> RequestContext {
    let principal = userID.map {
      Principal(userID: $0, sessionID: session, role: role, expiresAt: .max)
    }
    return RequestContext(
      requestID: "test",
      parameters: Parameters(names: Array(parameters.keys), values: Array(parameters.values)),
      access: .anyone, principal: principal)
  }

  static func json(_ response: Response) throws -> JSONValue {
    try JSONCoding.decode(JSONValue.self, from: response.body)
  }

  /// The status of the response or of the thrown problem.
  static func status(_ body: () async throws -> Response) async throws -> Status {
    do {
      return try await body().status
    } catch let problem as Problem {
      return problem.status
    }
  }
}

/// Changes that no request makes.
extension UserRepository {
  func update(
    id: Int64, _ changes: UserChanges, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Change<User> {
    try await database.transaction { transaction throws(DatabaseError) in
      let user = try await update(id: id, changes, by: author, at: now, in: transaction)
      return user.map(Change.made) ?? .absent
    }
  }

  func delete(id: Int64, by author: EventAuthor, at now: Timestamp) async throws(DatabaseError) -> Change<
    Void
  > {
    try await database.transaction { transaction throws(DatabaseError) in
      try await delete(id: id, by: author, at: now, in: transaction)
    }
  }
}

import Cache
import Clock
import Cryptography
import DataAccess
import DatabaseTestSupport
import HTTP
import Logging
import MemoryCache
import Routing
import Runtime
import Schema
import TestSupport
import Testing
import Transport

@testable import backend_api

/// Sign-up, sign-in and the end of sessions, with concurrent requests.
@Suite struct SignInTests {
  typealias Engine = TestEngine
  /// The source of a request without an address.
  private static let source = ClientSource("unknown")

  @Test(arguments: Engine.all)
  func `of many concurrent sign-ups with one address, one succeeds with one event`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let statuses = try await together(6) { number in
        let email = number.isMultiple(of: 2) ? "Ada@example.org" : "ada@EXAMPLE.org"
        return try await BackendUnderTest.status {
          try await backend.users.create(
            BackendUnderTest.post(["email": .string(email), "password": "long enough"]),
            BackendUnderTest.context())
        }
      }
      #expect(statuses.filter { $0 == .created }.count == 1)
      #expect(statuses.filter { $0 == .conflict }.count == 5)
      #expect(try await backend.eventTypes() == ["user.created"])
    }
  }

  @Test(arguments: Engine.all)
  func `concurrent guesses are throttled like others`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let statuses = try await together(24) { _ in try await backend.signIn(password: "a wild guess") }
      #expect(statuses.filter { $0 == .unauthorized }.count == Int(SignInThrottle.maximumFailures))
      #expect(statuses.filter { $0 == .tooManyRequests }.count == 14)
      #expect(try await backend.signIn() == .tooManyRequests)
      #expect(try await backend.signIn("bob@example.org") == .unauthorized)
    }
  }

  @Test func `guesses are throttled when the cache counts nothing`() async throws {
    try await BackendUnderTest.with(.sqlite, cacheAccess: .read) { backend in
      let throttle = backend.sessions.throttle
      let statuses = try await together(14) { _ in
        try await BackendUnderTest.status {
          try await throttle.recordFailure(email: "ada@example.org", from: Self.source)
          throw Problem.unauthorized()
        }
      }
      #expect(statuses.filter { $0 == .unauthorized }.count == Int(SignInThrottle.maximumFailures))
      #expect(statuses.filter { $0 == .tooManyRequests }.count == 4)
      #expect(try await backend.signIn() == .tooManyRequests)
      _ = try await throttle.check(email: "bob@example.org", from: Self.source)
      await throttle.reset(email: "ada@example.org", from: Self.source)
      _ = try await throttle.check(email: "ada@example.org", from: Self.source)
    }
  }

  @Test func `failures that the cache counted before and failures that it does not count have one limit`()
    async throws
  {
    let store = MemoryStore()
    func throttle(_ access: CacheRights.Access, uncounted: Cache) -> SignInThrottle {
      let rights = [CacheRights(keyPrefix: "backend-api:", access: access)]
      let cache = Cache(
        service: "backend-api", connection: store.connection(account: "backend-api-cache", rights: rights),
        logger: .silent)
      return SignInThrottle(
        counts: AttemptCounts(cache: cache, uncounted: uncounted, currentTime: { Timestamp.now() }))
    }
    let uncounted = BackendUnderTest.cache(.readWrite)
    let (before, after) = (throttle(.readWrite, uncounted: uncounted), throttle(.read, uncounted: uncounted))
    for _ in 0..<6 { try await before.recordFailure(email: "ada@example.org", from: Self.source) }
    for _ in 0..<4 { try await after.recordFailure(email: "ada@example.org", from: Self.source) }
    await #expect(throws: Problem.self) {
      try await after.recordFailure(email: "ada@example.org", from: Self.source)
    }
    await #expect(throws: Problem.self) {
      try await before.check(email: "ada@example.org", from: Self.source)
    }
  }

  @Test(arguments: Engine.all)
  func `a correct password is refused when guesses fail while it is checked`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine, connections: 1) { backend in
      _ = try await backend.signUp()
      // With the only connection taken, the sign-in has passed the first look at the throttle and waits.
      let signIn = try await backend.database.session { _ throws(DatabaseError) in
        let signIn = Task { try await backend.signIn() }
        try? await eventually("the sign-in waits") { await backend.database.status().waiting == 1 }
        for _ in 0..<SignInThrottle.maximumFailures {
          try? await backend.sessions.throttle.recordFailure(email: "ada@example.org", from: Self.source)
        }
        return signIn
      }
      #expect(try await signIn.value == .tooManyRequests)
      #expect(try await backend.database.count(Sessions.count()) == 0)
    }
  }

  @Test(arguments: Engine.all)
  func `a correct password resets the count of failures`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      for _ in 0..<9 { #expect(try await backend.signIn(password: "a wild guess") == .unauthorized) }
      #expect(try await backend.signIn("ADA@example.org") == .created)
      #expect(try await backend.signIn(password: "a wild guess") == .unauthorized)
      #expect(try await backend.signIn() == .created)
    }
  }

  @Test(arguments: Engine.all)
  func `every failed sign-in gets the same answer`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let sleeper = try await backend.signUp("sleeper@example.org")
      let broken = try await backend.signUp("broken@example.org")
      try await backend.database.run(Users.update(\.active <- false).where(\.id == sleeper))
      try await backend.database.run(Users.update(\.password <- "pbkdf2:other").where(\.id == broken))
      let attempts = [
        ("ada@example.org", "a wild guess"), ("unknown@example.org", BackendUnderTest.password),
        ("sleeper@example.org", BackendUnderTest.password), ("broken@example.org", BackendUnderTest.password),
        ("no address", BackendUnderTest.password),
        ("ada@example.org", String(repeating: "x", count: 4_000)),
      ]
      var problems: Set<Problem> = []
      for (email, password) in attempts {
        let problem = await #expect(throws: Problem.self) {
          try await backend.signInResponse(email, password: password)
        }
        problems.insert(try #require(problem))
      }
      #expect(problems.count == 1)
      #expect(problems.first?.status == .unauthorized)
      #expect(id > 0)
    }
  }

  @Test(arguments: [("a\0@example.org", "x"), ("ada@example.org", "zero\0byte")])
  func `a sign-in with U+0000 gets 422, whether the account exists or not`(
    email: String, password: String
  ) async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let unknown = try await backend.signIn(email, password: password)
      _ = try await backend.signUp()
      let known = try await backend.signIn(email, password: password)
      #expect(unknown == .unprocessableContent && known == .unprocessableContent)
    }
  }

  @Test(arguments: Engine.all)
  func `a sign-in replaces a hash of another cost, and the session and the password stay valid`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let cost = try #require(ScryptCost(logarithmOfN: 2))
      let cheap = try PasswordHash.hash(BackendUnderTest.password, cost: cost)
      try await backend.database.run(Users.update(\.password <- cheap).where(\.id == id))
      #expect(try await backend.signIn(password: "a wild guess") == .unauthorized)
      #expect(try await backend.userStore.credentials(forEmail: "ada@example.org")?.passwordHash == cheap)
      // One of them replaces the hash, and none fails because of it.
      let statuses = try await together(4) { _ in try await backend.signIn() }
      #expect(statuses == [.created, .created, .created, .created])
      let stored = try await backend.userStore.credentials(forEmail: "ada@example.org")?.passwordHash
      #expect(try !PasswordHash.needsRehash(#require(stored), cost: BackendUnderTest.hashCost))
      #expect(try await backend.signIn() == .created)
      let revoked = try await backend.database.count(Sessions.count().where(!\.revokedAt.isNull))
      #expect(revoked == 0)
      #expect(try await backend.eventTypes().filter { $0 == "user.updated" } == [])
    }
  }

  @Test func `a sign-in stands where the hash of another cost cannot be replaced`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let id = try await backend.signUp()
      let cheap = try PasswordHash.hash(
        BackendUnderTest.password, cost: #require(ScryptCost(logarithmOfN: 2)))
      try await backend.database.run(Users.update(\.password <- cheap).where(\.id == id))
      _ = try await backend.database.unsafeQuery(
        unsafeSQL: """
          CREATE TRIGGER full_disk BEFORE UPDATE OF password ON users
          BEGIN SELECT RAISE(ABORT, 'full disk'); END
          """)
      #expect(try await backend.signIn() == .created)
      #expect(try await backend.userStore.credentials(forEmail: "ada@example.org")?.passwordHash == cheap)
      #expect(try await backend.database.count(Sessions.count()) == 1)
    }
  }

  @Test(arguments: Engine.all)
  func `a password that changed since its check keeps its hash`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let checked = try #require(try await backend.userStore.credentials(forEmail: "ada@example.org"))
      let older = Credentials(
        userID: checked.userID, email: checked.email, passwordHash: "of before", active: true)
      try await backend.userStore.rehash(older, to: "of the old password", at: Timestamp.now())
      let stored = try await backend.userStore.credentials(forEmail: "ada@example.org")?.passwordHash
      #expect(stored == checked.passwordHash)
    }
  }

  @Test(arguments: Engine.all)
  func `a password that changes during its check opens no session`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let checked = try #require(try await backend.userStore.credentials(forEmail: "ada@example.org"))
      _ = try await backend.userStore.update(
        id: id, UserChanges(passwordHash: "another"), by: BackendUnderTest.author,
        at: Timestamp.now())
      let opened = try await backend.sessionStore.open(
        for: checked, userAgent: nil, by: BackendUnderTest.author, lifetimes: SessionLifetimes(),
        at: Timestamp.now())
      #expect(opened == nil)
      let kept = try await backend.database.count(Sessions.count())
      #expect(kept == 0)
    }
  }

  @Test(arguments: Engine.all)
  func `a token is returned once, stored as a digest, and expires as announced`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let response = try await backend.signInResponse("ada@example.org")
      #expect(response.status == .created && response.headers["Cache-Control"] == "no-store")
      let body = try BackendUnderTest.json(response)
      let token = try #require(body["token"]?.string)
      let principal = try backend.verifier.verify(token, now: Timestamp.now().secondsSinceEpoch)
      #expect(principal.userID == id && principal.role == .member)
      #expect(body["expires_at"]?.string == Timestamp(secondsSinceEpoch: principal.expiresAt).rfc3339)
      let refresh = try #require(body["refresh_token"]?.string)
      let stored = try await backend.database.all(
        Sessions.select(\.tokenHash, \.refreshHash), as: { "\($0) \($1 ?? "")" })
      #expect(stored.count == 1 && !stored[0].contains(token) && !stored[0].contains(refresh))
      #expect(principal.expiresAt - Timestamp.now().secondsSinceEpoch <= 600)
      #expect(try await !backend.sessionStore.isRevoked(principal))
    }
  }

  private func together<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Value
  ) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
      for number in 0..<count { group.addTask { try await body(number) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}

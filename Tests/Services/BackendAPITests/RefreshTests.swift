import Clock
import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Schema
import Service
import TestSupport
import Testing

@testable import backend_api

/// Refresh tokens: each is used once, and a second use ends the session.
@Suite struct RefreshTests {
  typealias Engine = TestEngine

  private struct Issued: Sendable, Equatable {
    let refresh: String
    let principal: Principal
    let body: JSONValue
  }

  private static func issued(_ response: Response, _ backend: BackendUnderTest) throws -> Issued {
    let body = try BackendUnderTest.json(response)
    let token = try #require(body["token"]?.string)
    return Issued(
      refresh: try #require(body["refresh_token"]?.string),
      principal: try backend.verifier.verify(token, now: backend.clock.now.secondsSinceEpoch), body: body)
  }

  private static func signIn(_ backend: BackendUnderTest) async throws -> Issued {
    try issued(try await backend.signInResponse("ada@example.org"), backend)
  }

  private static func refresh(_ token: String, _ backend: BackendUnderTest) async throws -> Issued {
    let request = try BackendUnderTest.post(["refresh_token": .string(token)], from: "192.0.2.7")
    let response = try await backend.sessions.refresh(request, RequestContext(requestID: "r"))
    #expect(response.headers["Cache-Control"] == "no-store")
    return try issued(response, backend)
  }

  private static func status(_ token: String, _ backend: BackendUnderTest) async throws -> Status {
    try await BackendUnderTest.status {
      let request = try BackendUnderTest.post(["refresh_token": .string(token)])
      return try await backend.sessions.refresh(request, RequestContext(requestID: "r"))
    }
  }

  @Test(arguments: Engine.drivers)
  func `a refresh gives the next tokens of the same session, and the access tokens before stay valid`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      var last = try await Self.signIn(backend)
      let first = last
      for _ in 0..<3 {
        let next = try await Self.refresh(last.refresh, backend)
        #expect(next.refresh != last.refresh && next.principal.sessionID == first.principal.sessionID)
        last = next
      }
      for issued in [first, last] {
        #expect(try await !backend.sessionStore.isRevoked(issued.principal))
      }
      #expect(last.body["user"]?["email"]?.string == "ada@example.org")
      let stored = try await backend.database.all(
        Sessions.select(\.refreshHash, \.formerRefreshHash, \.refreshSeed),
        as: { "\($0 ?? "") \($1 ?? "") \($2 ?? "")" })
      #expect(stored.count == 1 && !stored[0].contains(last.refresh.suffix(43)))
    }
  }

  @Test(arguments: Engine.drivers)
  func `a token without a session that goes on costs one read, and no transaction`(engine: Engine)
    async throws
  {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let (ended, open) = (try await Self.signIn(backend), try await Self.signIn(backend))
      _ = try await backend.sessionStore.revoke(
        id: ended.principal.sessionID, userID: ended.principal.userID, by: BackendUnderTest.author,
        at: backend.clock.now)
      let names = StatementNames()
      backend.database.observe(with: names)
      for token in [RefreshToken().text, ended.refresh] {
        _ = names.take()
        #expect(try await Self.status(token, backend) == .unauthorized)
        #expect(names.take() == ["select sessions"])
      }
      _ = try await Self.refresh(open.refresh, backend)
      #expect(names.take().contains { $0.hasPrefix("in transaction: ") })
    }
  }

  @Test(arguments: Engine.drivers)
  func `each exchange is a change of its user, and a refused one is none`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine, changes: 3) { backend in
      _ = try await backend.signUp()
      var last = try await Self.signIn(backend)
      for _ in 0..<5 { #expect(try await Self.status(RefreshToken().text, backend) == .unauthorized) }
      for _ in 0..<3 { last = try await Self.refresh(last.refresh, backend) }
      for _ in 0..<2 { #expect(try await Self.status(last.refresh, backend) == .tooManyRequests) }
      _ = try await backend.signUp("bob@example.org")
      let other = try Self.issued(try await backend.signInResponse("bob@example.org"), backend)
      _ = try await Self.refresh(other.refresh, backend)
    }
  }

  @Test(arguments: Engine.drivers)
  func `a token that is used again ends the whole session, with an event that says why`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let stolen = try await Self.signIn(backend)
      let other = try await Self.signIn(backend)
      let watch = SessionWatch(database: backend.database)
      var reader = try await watch.begin()
      let mine = try await Self.refresh(stolen.refresh, backend)
      backend.clock.advance(seconds: SessionLifetimes.graceSeconds)
      #expect(try await Self.status(stolen.refresh, backend) == .unauthorized)
      #expect(try await Self.status(mine.refresh, backend) == .unauthorized)
      #expect(try await backend.sessionStore.isRevoked(mine.principal))
      try await watch.round(of: &reader)
      #expect(try watch.isRevoked(mine.principal) && !watch.isRevoked(other.principal))
      _ = try await Self.refresh(other.refresh, backend)
      let events = try await backend.database.all(
        Events.select(\.subject, \.payload).where(\.type == "session.revoked"), as: { "\($0) \($1.text)" })
      #expect(events.count == 1, "a session ends once: \(events)")
      #expect(events[0].hasPrefix("\(ada) ") && events[0].contains("refresh_token_reused"))
    }
  }

  @Test(arguments: Engine.drivers)
  func `a request that is repeated within the grace gets the same refresh token, of any number at once`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let first = try await Self.signIn(backend)
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 { group.addTask { try await Self.refresh(first.refresh, backend).refresh } }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(answers.count == 1)
      backend.clock.advance(seconds: SessionLifetimes.graceSeconds - 1)
      #expect(try await Self.refresh(first.refresh, backend).refresh == answers.first)
      let second = try await Self.refresh(#require(answers.first), backend)
      // Two steps behind is no lost answer.
      #expect(try await Self.status(first.refresh, backend) == .unauthorized)
      #expect(try await Self.status(second.refresh, backend) == .unauthorized)
    }
  }

  @Test(arguments: Engine.drivers)
  func `an exchange by a process whose clock was far ahead gives a copy of the token no longer grace`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      for (ahead, expected) in [
        (SessionLifetimes.clockDifferenceSeconds, Status.ok), (3_600, .unauthorized),
      ] as [(Int64, Status)] {
        let first = try await Self.signIn(backend)
        backend.clock.advance(seconds: ahead)
        _ = try await Self.refresh(first.refresh, backend)
        backend.clock.advance(seconds: -ahead)
        #expect(try await Self.status(first.refresh, backend) == expected)
      }
    }
  }

  @Test(arguments: Engine.drivers)
  func `a session ends when it is not refreshed, and at its end however often it is`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let lifetimes = SessionLifetimes()
      let idle = try await Self.signIn(backend)
      var kept = try await Self.signIn(backend)
      let step = Int64(lifetimes.idleSeconds) - 60
      backend.clock.advance(seconds: step)
      kept = try await Self.refresh(kept.refresh, backend)
      backend.clock.advance(seconds: 120)
      #expect(try await Self.status(idle.refresh, backend) == .unauthorized)
      var passed = step + 120
      while passed + step < Int64(lifetimes.sessionSeconds) {
        kept = try await Self.refresh(kept.refresh, backend)
        backend.clock.advance(seconds: step)
        passed += step
      }
      kept = try await Self.refresh(kept.refresh, backend)
      let end = try #require(kept.body["refresh_expires_at"]?.string)
      backend.clock.advance(seconds: Int64(lifetimes.sessionSeconds) - passed)
      #expect(end.prefix(19) <= backend.clock.now.rfc3339.prefix(19))
      #expect(try await Self.status(kept.refresh, backend) == .unauthorized)
    }
  }

  @Test(arguments: Engine.drivers)
  func `a session that was signed out, or whose user changed the password or is gone, is not refreshed`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let out = try await Self.signIn(backend)
      _ = try await backend.sessions.delete(
        Request(.delete, "/"), RequestContext(requestID: "r", principal: out.principal))
      let changed = try await Self.signIn(backend)
      _ = try await backend.users.update(
        BackendUnderTest.body(
          .patch, #"{"password":"correct horse battery","current_password":"correct horse battery"}"#),
        backend.caller(ada, ["id": "\(ada)"]))
      let gone = try await Self.signIn(backend)
      #expect(try await backend.userStore.delete(id: ada, by: .service, at: .now()).made != nil)
      for token in [out.refresh, changed.refresh, gone.refresh] {
        #expect(try await Self.status(token, backend) == .unauthorized)
      }
      // None of them was used twice, so no session has ended for that.
      let payloads = try await backend.database.all(Events.select(\.payload), as: { $0.text }).joined()
      #expect(!payloads.contains("reused"))
    }
  }

  @Test(arguments: Engine.drivers)
  func `a refreshed token has the role of now`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let first = try await Self.signIn(backend)
      try await backend.database.run(
        Users.update(\.role <- Role.operator.rawValue).where(\.id == ada))
      #expect(try await Self.refresh(first.refresh, backend).principal.role == .operator)
    }
  }

  @Test(arguments: ["", "bhr_", "bhr_a.b", "x", "bhr_AAAAAAAAAAAAAAAAAAAAAA.", "eyJhbGciOiJFZERTQSJ9.e30.AA"])
  func `what is no refresh token gets the same 401`(text: String) async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let statuses = [
        try await Self.status(text, backend), try await Self.status(RefreshToken().text, backend),
      ]
      #expect(statuses == [.unauthorized, .unauthorized])
    }
  }

  @Test func `an old token and the table together are needed for the next one, and neither is enough`() throws
  {
    let token = RefreshToken()
    let seed = [UInt8](repeating: 1, count: 32)
    let next = token.successor(seed: seed)
    #expect(next == token.successor(seed: seed) && next != token.successor(seed: [2]))
    #expect(next.sessionHash == token.sessionHash && next.hash != token.hash)
    #expect(RefreshToken(next.text) == next)
    #expect(RefreshToken(next.text + "A") == nil && RefreshToken("\(next.text).") == nil)
  }

  @Test(arguments: Engine.drivers)
  func `a token is not valid for a later session with the same id`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let old = try await Self.signIn(backend)
      let id = old.principal.sessionID
      // As in a database that was restored, where another sign-in got the id.
      try await backend.database.run(
        Sessions.update(\.tokenHash <- RefreshToken().sessionHash).where(\.id == id))
      #expect(try await backend.sessionStore.isRevoked(old.principal))
    }
  }

  /// The token of an earlier release has no mark of its session, whose row has the token's own digest.
  @Test(arguments: Engine.drivers)
  func `a token of an earlier release is valid for its own session alone`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let now = try await Self.signIn(backend).principal
      let binding = TokenBinding(
        installation: now.token.binding.installation, epoch: now.token.binding.epoch)
      let old = Principal(
        userID: now.userID, sessionID: now.sessionID, role: now.role, expiresAt: now.expiresAt,
        token: TokenTraits(binding: binding, issuedAt: now.token.issuedAt, digest: now.token.digest))
      #expect(try await backend.sessionStore.isRevoked(old))
      try await backend.database.run(
        Sessions.update(\.tokenHash <- now.token.digest, \.refreshHash <- nil).where(\.id == now.sessionID))
      #expect(try await !backend.sessionStore.isRevoked(old))
    }
  }

  @Test(arguments: Engine.drivers)
  func `the list of sessions says from which client each is, and when it was used last`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let request = try Request(
        .post, "/",
        headers: [
          "Content-Type": "application/json", "User-Agent": "Kiosk/1.0 \(String(repeating: "x", count: 300))",
        ],
        body: Array(#"{"email":"ada@example.org","password":"correct horse battery"}"#.utf8))
      let first = try Self.issued(
        try await backend.sessions.create(request, RequestContext(requestID: "r")), backend)
      backend.clock.advance(seconds: 3600)
      let later = try await Self.refresh(first.refresh, backend)
      let response = try await backend.sessions.list(
        Request(.get, "/v1/sessions"), RequestContext(requestID: "r", principal: later.principal))
      let item = try #require(try BackendUnderTest.json(response)["items"]?.array?.first)
      #expect(item["user_agent"]?.string?.count == 255)
      #expect(item["user_agent"]?.string?.hasPrefix("Kiosk/1.0 x") == true)
      let (created, used) = (item["created_at"]?.string ?? "", item["refreshed_at"]?.string ?? "")
      #expect(created < used)
    }
  }
}

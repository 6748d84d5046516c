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

/// A user's own sessions, and what the log says about changes of an account.
@Suite struct SessionListTests {
  @Test(arguments: TestEngine.drivers)
  func `a user lists the open sessions and signs one out, and none of another user`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      _ = try await backend.signUp("bob@example.org")
      let (lost, mine) = (try await backend.principal(), try await backend.principal())
      let bobs = try await backend.principal("bob@example.org")
      let ended = try await backend.principal()
      _ = try await backend.sessions.delete(
        Request(.delete, "/"), RequestContext(requestID: "r", principal: ended))
      let list = try await Self.list(backend, mine)
      #expect(list.map { $0["id"]?.integer } == [lost.sessionID, mine.sessionID])
      #expect(list.map { $0["current"]?.bool } == [false, true])
      func end(_ session: Int64) async throws -> Status {
        try await BackendUnderTest.status {
          try await backend.sessions.deleteOther(
            Request(.delete, "/"),
            BackendUnderTest.context(ada, session: mine.sessionID, ["id": "\(session)"]))
        }
      }
      #expect(try await end(bobs.sessionID) == .notFound)
      #expect(try await end(ended.sessionID) == .notFound)
      #expect(try await end(lost.sessionID) == .noContent)
      #expect(try await end(lost.sessionID) == .notFound)
      #expect(try await backend.sessionStore.isRevoked(lost))
      for principal in [mine, bobs] { #expect(try await !backend.sessionStore.isRevoked(principal)) }
      #expect(try await Self.list(backend, mine).count == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `one session more than a user may have open ends the oldest one, with an event that says why`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let credentials = try #require(try await backend.userStore.credentials(of: ada))
      func open() async throws -> Int64 {
        let opened = try await backend.sessionStore.open(
          for: credentials, userAgent: nil, by: BackendUnderTest.author, lifetimes: SessionLifetimes(),
          at: backend.clock.now)
        return try #require(opened).id
      }
      func isOpen() async throws -> [Int64] {
        try await backend.database.all(
          Sessions.select(\.id).where(\.userID == ada && \.revokedAt.isNull).orderBy(\.id), as: { $0 })
      }
      let first = try await backend.principal()
      var opened = [first.sessionID]
      while opened.count < SessionRepository.maximumOpen { opened.append(try await open()) }
      #expect(try await isOpen() == opened)
      opened.append(try await open())
      #expect(try await isOpen() == Array(opened.dropFirst()))
      #expect(try await backend.sessionStore.isRevoked(first))
      let events = try await backend.database.all(
        Events.select(\.subject, \.payload).where(\.type == "session.revoked"), as: { ($0, $1.text) })
      let (subject, text) = try #require(events.first)
      let payload = try JSONCoding.decode(JSONValue.self, from: Array(text.utf8))
      #expect(events.count == 1 && subject == "\(ada)")
      #expect(payload["reason"]?.string == "too_many_sessions")
      #expect(payload["session"]?.integer == first.sessionID && payload["actor"]?.integer == ada)

      // Sessions from before there was a limit: the next sign-in ends them too.
      let past = backend.clock.now
      for number in 0..<3 {
        try await backend.database.run(
          Sessions.insert(
            \.userID <- ada, \.tokenHash <- String(repeating: "\(number)", count: 64), \.createdAt <- past,
            \.expiresAt <- past.adding(seconds: 3_600)))
      }
      opened.append(try await open())
      #expect(try await isOpen().count == SessionRepository.maximumOpen)
      #expect(try await isOpen().last == opened.last)
    }
  }

  @Test func `sign-ins of one user at once keep to the limit, and expired sessions do not count`()
    async throws
  {
    try await BackendUnderTest.with(.sqlite) { backend in
      let ada = try await backend.signUp()
      let credentials = try #require(try await backend.userStore.credentials(of: ada))
      func open(_ count: Int) async throws {
        try await withThrowingTaskGroup { group in
          for _ in 0..<count {
            group.addTask {
              _ = try await backend.sessionStore.open(
                for: credentials, userAgent: nil, by: BackendUnderTest.author, lifetimes: SessionLifetimes(),
                at: backend.clock.now)
            }
          }
          try await group.waitForAll()
        }
      }
      try await open(SessionRepository.maximumOpen + 5)
      let isOpen = Sessions.count().where(\.revokedAt.isNull)
      #expect(try await backend.database.count(isOpen) == SessionRepository.maximumOpen)
      backend.clock.advance(seconds: Int64(SessionLifetimes().idleSeconds) + 1)
      try await open(1)
      #expect(try await backend.database.count(isOpen) == SessionRepository.maximumOpen + 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an event says who changed which fields in which request, and no value`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let boss = try await backend.signUp("boss@example.org")
      _ = try await backend.users.update(
        BackendUnderTest.body(
          .patch,
          #"{"password":"a second password","active":true,"current_password":"correct horse battery"}"#),
        backend.caller(boss, role: .operator, ["id": "\(ada)"]))
      let events = try await backend.database.all(
        Events.select(\.subject, \.payload).where(\.type == "user.updated"), as: { ($0, $1) })
      let (subject, text) = try #require(events.first)
      let payload = try JSONCoding.decode(JSONValue.self, from: Array(text.text.utf8))
      #expect(events.count == 1 && subject == "\(ada)")
      #expect(payload["actor"]?.integer == boss && payload["actor_role"]?.string == "operator")
      #expect(payload["request"]?.string == "test" && payload["fields"] == ["password"])
      let all = try await backend.database.all(Events.select(\.payload), as: { $0.text }).joined()
      #expect(!all.contains("second") && !all.contains("scrypt") && !all.contains("@"))
    }
  }

  private static func list(_ backend: BackendUnderTest, _ principal: Principal) async throws -> [JSONValue] {
    let response = try await backend.sessions.list(
      Request(.get, "/v1/sessions"), RequestContext(requestID: "r", principal: principal))
    return try BackendUnderTest.json(response)["items"]?.array ?? []
  }
}

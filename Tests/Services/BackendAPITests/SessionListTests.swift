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

import DataAccess
import DatabaseTestSupport
import HTTP
import Identity
import JSON
import Routing
import Schema
import Testing

@testable import backend_api

/// Routes whose check of the session reads the caller's account too, through the router and the authentication.
@Suite struct CallerRecordTests {
  private func get(_ path: String, _ token: String, from router: RouterResponder) async throws -> Response {
    await router.respond(to: try Request(.get, path, headers: ["Authorization": "Bearer \(token)"]))
  }

  @Test(arguments: TestEngine.all)
  func `one's own account and session are read by the statement that checks the session`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let (router, token) = (backend.router(), try await backend.token("ada@example.org"))
      let recorder = StatementNames()
      backend.database.observe(with: recorder)
      var tags: Set<String?> = []
      for path in ["/v1/users/\(id)", "/v1/users/me"] {
        let response = try await get(path, token, from: router)
        #expect(response.status == .ok)
        #expect(try BackendUnderTest.json(response)["email"]?.string == "ada@example.org")
        #expect(recorder.take() == ["select sessions with users"], "\(path)")
        tags.insert(response.headers["ETag"])
      }
      // The same answer, and so the same tag, as from the user's row alone.
      let plain = try await backend.users.read(
        Request(.get, "/"), BackendUnderTest.context(id, ["id": "\(id)"]))
      #expect(tags == [plain.headers["ETag"]])
      _ = recorder.take()
      let session = try await get("/v1/sessions/current", token, from: router)
      #expect(try BackendUnderTest.json(session)["user"]?["id"]?.integer == id)
      #expect(recorder.take() == ["select sessions with users"])
    }
  }

  @Test(arguments: TestEngine.all)
  func `an operator who reads another account gets that one`(engine: TestEngine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let (ada, boss) = (try await backend.signUp(), try await backend.signUp("boss@example.org"))
      try await backend.database.run(
        Users.update(\.role <- Role.operator.rawValue).where(\.id == boss))
      let (router, token) = (backend.router(), try await backend.token("boss@example.org"))
      let other = try await get("/v1/users/\(ada)", token, from: router)
      #expect(try BackendUnderTest.json(other)["email"]?.string == "ada@example.org")
      let own = try await get("/v1/users/\(boss)", token, from: router)
      #expect(try BackendUnderTest.json(own)["email"]?.string == "boss@example.org")
      #expect(try await get("/v1/users/\(boss + 1)", token, from: router).status == .notFound)
      let member = try await backend.token("ada@example.org")
      #expect(try await get("/v1/users/\(boss)", member, from: router).status == .notFound)
    }
  }

  @Test(arguments: TestEngine.all)
  func `a token whose session has ended, or is another with its id, gets no record`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let (router, token) = (backend.router(), try await backend.token("ada@example.org"))
      let (mine, other) = (try await backend.principal(), try await backend.principal())
      let swapped = Principal(
        userID: mine.userID, sessionID: other.sessionID, role: mine.role, expiresAt: mine.expiresAt,
        token: mine.token)
      guard case .goesOn(let record) = try await backend.sessionStore.session(of: mine),
        case .hasEnded = try await backend.sessionStore.session(of: swapped)
      else { throw WrongSession() }
      #expect(
        (record as? backend_api.Session)?.id == mine.sessionID
          && (record as? backend_api.Session)?.user.id == id)
      try await backend.database.run(Sessions.update(\.revokedAt <- .now()).where(\.userID == id))
      guard case .hasEnded = try await backend.sessionStore.session(of: mine) else { throw WrongSession() }
      for path in ["/v1/users/\(id)", "/v1/users/me", "/v1/sessions/current"] {
        #expect(try await get(path, token, from: router).status == .unauthorized, "\(path)")
      }
      try await backend.database.run(Sessions.delete().where(\.id == other.sessionID))
      guard case .hasEnded = try await backend.sessionStore.session(of: other) else { throw WrongSession() }
    }
  }

  @Test(arguments: TestEngine.all)
  func `an unreadable row of the caller hurts that row alone, and ends no session`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let (ada, boss) = (try await backend.signUp(), try await backend.signUp("boss@example.org"))
      try await backend.database.run(
        Users.update(\.role <- Role.operator.rawValue).where(\.id == boss))
      let (router, token) = (backend.router(), try await backend.token("boss@example.org"))
      _ = try await backend.database.unsafeQuery(
        unsafeSQL: "UPDATE users SET confirmed_at = 'infinity' WHERE id = \(boss)")
      #expect(try await get("/v1/users/\(ada)", token, from: router).status == .ok)
      #expect(try await get("/v1/users/\(boss)", token, from: router).status == .internalServerError)
      try await backend.database.run(Sessions.update(\.revokedAt <- .now()).where(\.userID == boss))
      #expect(try await get("/v1/users/\(boss)", token, from: router).status == .unauthorized)
    }
  }
}

private struct WrongSession: Error {}

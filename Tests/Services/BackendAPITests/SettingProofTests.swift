import DataAccess
import DatabaseTestSupport
import HTTP
import Routing
import Schema
import TestSupport
import Testing

@testable import backend_api

/// A setting is stored in the transaction that checks the caller's session.
@Suite struct SettingProofTests {
  private func put(
    _ token: String, _ router: RouterResponder, body: String = #"{"value":"dark"}"#,
    at path: String = "/v1/settings/theme"
  ) async throws -> Response {
    await router.respond(
      to: try Request(
        .put, path, headers: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"],
        body: Array(body.utf8)))
  }

  @Test(arguments: TestEngine.all)
  func `the check of the session needs no statement outside the transaction`(engine: TestEngine) async throws
  {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let (router, token) = (backend.router(), try await backend.token())
      let names = StatementNames()
      backend.database.observe(with: names)
      #expect(try await put(token, router).status == .created)
      _ = names.take()
      #expect(try await put(token, router).status == .ok)
      let seen = names.take()
      #expect(seen.allSatisfy { $0.hasPrefix("in transaction: ") }, "\(seen)")
      #expect(seen.filter { $0 == "in transaction: select sessions" }.count == 1, "\(seen)")
    }
  }

  @Test(arguments: TestEngine.all)
  func `a session that has ended, or is another with its id, stores nothing and gets the usual answer`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let (router, token) = (backend.router(), try await backend.token())
      let mine = try backend.verifier.verify(token, now: Timestamp.now().secondsSinceEpoch)
      let usual = await router.respond(
        to: try Request(.get, "/v1/settings", headers: ["Authorization": "Bearer garbage"]))
      let other = RefreshToken().sessionHash
      let (hash, now) = (Sessions.select(\.tokenHash).where(\.id == mine.sessionID), Timestamp.now())
      let known = try #require(try await backend.database.first(hash, as: { $0 }))
      for (change, undo) in [
        (Sessions.update(\.revokedAt <- now), Sessions.update(\.revokedAt <- nil)),
        (Sessions.update(\.tokenHash <- other), Sessions.update(\.tokenHash <- known)),
      ] {
        try await backend.database.run(change.where(\.id == mine.sessionID))
        for (body, path) in [
          (#"{"value":1}"#, "/v1/settings/theme"), ("{", "/v1/settings/theme"),
          (#"{"value":1}"#, "/v1/settings/%01"),
        ] {
          let response = try await put(token, router, body: body, at: path)
          #expect(response.status == .unauthorized, "\(path) \(body)")
          #expect(response.headers["WWW-Authenticate"] == usual.headers["WWW-Authenticate"])
        }
        try await backend.database.run(undo.where(\.id == mine.sessionID))
      }
      #expect(try await backend.settingStore.settings(of: id).isEmpty)
      #expect(try await backend.eventTypes() == ["user.created", "session.created"])
      // Of a session that goes on, the same requests get their own answers.
      #expect(try await put(token, router, body: "{").status == .badRequest)
      #expect(try await put(token, router, at: "/v1/settings/%01").status == .unprocessableContent)
      #expect(try await put(token, router).status == .created)
    }
  }

  @Test func `a session that ends while its request waits for a lock stores nothing`() async throws {
    try await BackendUnderTest.with(.postgresql) { backend in
      let id = try await backend.signUp()
      let (router, token) = (backend.router(), try await backend.token())
      let waiting = try await backend.database.transaction { transaction throws(DatabaseError) in
        _ = try await transaction.first(Users.select(\.id).where(\.id == id).forUpdate(), as: { $0 })
        let holder = try await transaction.unsafeQuery(unsafeSQL: "SELECT pg_backend_pid()").integer(0, 0)
        let waiting = Task { try await put(token, router).status }
        let isBlocked = await eventually { await blocksAnother(holder, backend.database) }
        #expect(isBlocked, "the request waits for no lock")
        try await transaction.run(Sessions.update(\.revokedAt <- .now()).where(\.userID == id))
        return waiting
      }
      #expect(try await waiting.value == .unauthorized)
      #expect(try await backend.settingStore.settings(of: id).isEmpty)
    }
  }

  /// Whether a session waits for a lock of the one with this process. It asks on another connection: a transaction goes on
  /// seeing the activity of its first look.
  private func blocksAnother(_ holder: Int64, _ database: Database) async -> Bool {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE \(holder) = ANY (pg_blocking_pids(pid))"
    let waiting = try? await database.unsafeQuery(unsafeSQL: sql).integer(0, 0)
    return waiting ?? 0 > 0
  }
}

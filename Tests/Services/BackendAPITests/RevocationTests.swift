import DataAccess
import DatabaseTestSupport
import HTTP
import Routing
import Schema
import TestSupport
import Testing

@testable import backend_api

/// The changes that end a session, and those that do not.
@Suite struct RevocationTests {
  typealias Engine = TestEngine

  @Test(arguments: Engine.drivers)
  func `a changed email, password, role or state ends every session, an unchanged one ends none`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let present = #""current_password":"correct horse battery""#
      let boss = try await backend.signUp("boss@example.org")
      for (body, ends) in [
        (#"{"email":"ada@example.org",\#(present)}"#, false), (#"{"active":true,\#(present)}"#, false),
        (#"{"role":"member",\#(present)}"#, false), (#"{"role":"operator",\#(present)}"#, true),
        (#"{"email":"ada@example.com",\#(present)}"#, true),
        (#"{"password":"correct horse battery",\#(present)}"#, true),
      ] {
        let email = try #require(try await backend.userStore.user(id: id)).email
        let principal = try await backend.principal(email)
        let before = try await uniquifier(id, backend)
        _ = try await backend.users.update(
          BackendUnderTest.body(.patch, body),
          backend.caller(boss, role: .operator, ["id": "\(id)"]))
        #expect(try await backend.sessionStore.isRevoked(principal) == ends, "\(body)")
        let after = try await uniquifier(id, backend)
        #expect((before != after) == ends, "\(body)")
      }
    }
  }

  @Test(arguments: Engine.drivers)
  func `a new address is unconfirmed, and an unchanged one stays confirmed`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let moment = Timestamp(secondsSinceEpoch: 1_700_000_000)
      try await backend.database.run(Users.update(\.confirmedAt <- moment).where(\.id == id))
      let same = try await backend.userStore.update(
        id: id, UserChanges(email: "ada@example.org"), by: BackendUnderTest.author,
        at: moment)
      #expect(same.made?.confirmedAt == moment)
      let other = try await backend.userStore.update(
        id: id, UserChanges(email: "ada@example.com"), by: BackendUnderTest.author,
        at: moment)
      #expect(other.made?.email == "ada@example.com" && other.made?.confirmedAt == nil)
    }
  }

  @Test(arguments: Engine.drivers)
  func `a token is not valid for another session with its id`(engine: Engine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await backend.signUp()
      let mine = try await backend.principal()
      #expect(try await !backend.sessionStore.isRevoked(mine))
      let ofAnother = Principal(
        userID: mine.userID, sessionID: mine.sessionID, role: mine.role, expiresAt: mine.expiresAt,
        token: TokenTraits(
          binding: TokenBinding(
            installation: mine.token.binding.installation, epoch: mine.token.binding.epoch,
            session: SessionMark.claim(ofSessionHash: RefreshToken().sessionHash)),
          issuedAt: mine.token.issuedAt,
          digest: String(repeating: "0", count: 64)))
      let withoutSession = Principal(
        userID: mine.userID, sessionID: mine.sessionID + 1, role: mine.role, expiresAt: mine.expiresAt,
        token: mine.token)
      for principal in [ofAnother, withoutSession] {
        #expect(try await backend.sessionStore.isRevoked(principal))
      }
    }
  }

  @Test(arguments: Engine.drivers)
  func `a removed user leaves only events, and the token is no longer valid`(
    engine: Engine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let principal = try await backend.principal()
      let context = try await backend.caller(id, ["id": "\(id)"])
      let departure = try BackendUnderTest.body(.delete, BackendUnderTest.departure)
      #expect(try await backend.users.delete(departure, context).status == .noContent)
      #expect(try await backend.sessionStore.isRevoked(principal))
      let left = try await backend.database.count(Sessions.count())
      #expect(left == 0)
      #expect(try await backend.eventTypes() == ["user.created", "session.created", "user.deleted"])
      let again = try await BackendUnderTest.status {
        try await backend.users.delete(departure, context)
      }
      #expect(again == .unauthorized)
    }
  }

  private func uniquifier(_ id: Int64, _ backend: BackendUnderTest) async throws -> String? {
    try await backend.database.first(Users.select(\.fsUniquifier).where(\.id == id), as: { $0 })
  }
}

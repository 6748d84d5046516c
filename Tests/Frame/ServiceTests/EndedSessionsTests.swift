import DataAccess
import Identity
import Routing
import Schema
import TestSupport
import Testing

@testable import Service

/// The bounds of what a service remembers: beyond them it refuses more, and never less.
@Suite struct EndedSessionsTests {
  private static let now: Int64 = 1_795_000_000

  private func event(
    _ type: String, user: Int64, _ payload: String, at moment: Int64 = now, by source: String = "backend-api"
  ) -> EventWithPayload {
    EventWithPayload(
      id: 1, type: type, source: source, subject: "\(user)", payload: JSONText(payload),
      occurredAt: Timestamp(secondsSinceEpoch: moment))
  }

  private func principal(_ user: Int64, session: Int64 = 1, epoch: String = "e", issuedAt: Int64 = now)
    -> Principal
  {
    Principal(
      userID: user, sessionID: session, role: .member, expiresAt: issuedAt + 600,
      token: TokenTraits(
        binding: TokenBinding(installation: "ours", epoch: epoch), issuedAt: issuedAt, digest: "d"))
  }

  @Test func `an event of another service than the one that signs tokens ends no session`() {
    var ended = EndedSessions(installation: "ours")
    ended.note(event("user.deleted", user: 7, "{}", by: "connector"), at: 0)
    #expect(!ended.contains(principal(7)))
    ended.note(event("user.deleted", user: 7, "{}"), at: 0)
    #expect(ended.contains(principal(7)))
  }

  @Test func `of many ended sessions of one user, the older half ends everything before it`() {
    var ended = EndedSessions(installation: "ours")
    let count = Int64(EndedSessions.maximumSessionsOfUser) + 1
    for session in 1...count {
      ended.note(event("session.revoked", user: 7, #"{"session":\#(session * 10)}"#), at: 0)
    }
    for session in 1...count { #expect(ended.contains(principal(7, session: session * 10))) }
    #expect(ended.contains(principal(7, session: 5)))
    #expect(!ended.contains(principal(7, session: count * 10 - 1)))
    #expect(!ended.contains(principal(7, session: count * 10 + 1)))
    #expect(!ended.contains(principal(8, session: 10)))
  }

  @Test func `of too many users the older ones are forgotten, and so are the tokens of their time`() {
    var ended = EndedSessions(installation: "ours", maximumUsers: 4)
    for user in 1...5 {
      ended.note(
        event("user.updated", user: Int64(user), #"{"epoch":"new"}"#, at: Self.now + Int64(user)), at: 0)
    }
    #expect(ended.count <= 4)
    for user in 1...5 {
      #expect(ended.contains(principal(Int64(user), issuedAt: Self.now)))
      #expect(!ended.contains(principal(Int64(user), epoch: "new", issuedAt: Self.now + 10)))
    }
    #expect(ended.contains(principal(99, issuedAt: Self.now + 1)))
    #expect(!ended.contains(principal(99, issuedAt: Self.now + 10)))
  }

  @Test func `an end is remembered as long as a token may live, and no longer`() {
    var ended = EndedSessions(installation: "ours")
    ended.note(event("user.deleted", user: 7, "{}"), at: 5)
    ended.forgetExpired(at: 5 + TokenLifetime.seconds)
    #expect(ended.contains(principal(7)))
    ended.forgetExpired(at: 5 + EndedSessions.memorySeconds + 1)
    #expect(ended.count == 0)
  }

  @Test func `an end is remembered from its reading on, however long ago its service dated it`() {
    var ended = EndedSessions(installation: "ours")
    let behind = Self.now - 2 * EndedSessions.memorySeconds
    ended.note(event("session.revoked", user: 7, #"{"session":1}"#, at: behind), at: 5)
    ended.forgetExpired(at: 5)
    #expect(ended.contains(principal(7)))
  }
}

import DatabaseTestSupport
import HTTP
import Routing
import Schema
import Testing

@testable import backend_api

/// What a member may do with accounts, and what an operator may.
@Suite struct OwnAccountTests {
  private func patch(_ body: String) throws -> Request {
    try Request(
      .patch, "/", headers: ["Content-Type": "application/json"], body: Array(body.utf8))
  }

  /// Reads, changes and removes an account, and returns the statuses.
  private func statuses(
    of id: Int64, by caller: Int64, _ role: Role, _ backend: BackendUnderTest
  ) async throws -> [Status] {
    let context = try await backend.caller(caller, role: role, ["id": "\(id)"])
    let present = #""current_password":"correct horse battery""#
    let change = try patch(#"{"email":"other-\#(id)@example.org",\#(present)}"#)
    let departure = try BackendUnderTest.body(.delete, BackendUnderTest.departure)
    let read = try await BackendUnderTest.status {
      try await backend.users.read(Request(.get, "/"), context)
    }
    let changed = try await BackendUnderTest.status { try await backend.users.update(change, context) }
    // A change of one's own address has ended every session.
    let next = try await backend.caller(caller, role: role, ["id": "\(id)"])
    let removed = try await BackendUnderTest.status { try await backend.users.delete(departure, next) }
    return [read, changed, removed]
  }

  @Test(arguments: TestEngine.drivers)
  func `a member's account is visible to the member and to operators only`(engine: TestEngine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp("ada@example.org")
      let bob = try await backend.signUp("bob@example.org")
      #expect(try await statuses(of: ada, by: bob, .member, backend) == [.notFound, .notFound, .notFound])
      #expect(try await statuses(of: ada, by: ada, .member, backend) == [.ok, .ok, .noContent])
      let boss = try await backend.signUp("boss@example.org")
      #expect(try await statuses(of: bob, by: boss, .operator, backend) == [.ok, .ok, .noContent])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an email, a password and the end of an account need the caller's present password`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let context = BackendUnderTest.context(ada, ["id": "\(ada)"])
      for change in [#""email":"eve@example.org""#, #""password":"another password""#] {
        for (proof, status) in [
          ("", Status.unprocessableContent), (#","current_password":null"#, .unprocessableContent),
          (#","current_password":"a wild guess""#, .forbidden),
        ] {
          let found = try await BackendUnderTest.status {
            try await backend.users.update(patch("{\(change)\(proof)}"), context)
          }
          #expect(found == status, "\(change) \(proof)")
        }
      }
      for (body, status) in [
        ("{}", Status.unprocessableContent), (#"{"current_password":"a wild guess"}"#, .forbidden),
      ] {
        let found = try await BackendUnderTest.status {
          try await backend.users.delete(BackendUnderTest.body(.delete, body), context)
        }
        #expect(found == status)
      }
      let bare = try await BackendUnderTest.status {
        try await backend.users.delete(Request(.delete, "/"), context)
      }
      #expect(bare == .unprocessableContent)
      #expect(try await backend.userStore.user(id: ada)?.email == "ada@example.org")
      #expect(try await backend.eventTypes() == ["user.created"])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an operator's stolen token alone makes no operator and ends no account's sign-ins`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let boss = try await backend.signUp("boss@example.org")
      let context = try await backend.caller(boss, role: .operator, ["id": "\(ada)"])
      for (body, status) in [
        (#"{"role":"operator"}"#, Status.unprocessableContent), (#"{"active":false}"#, .unprocessableContent),
        (#"{"role":"operator","current_password":"a wild guess"}"#, .forbidden),
        (#"{"role":"operator","current_password":"correct horse battery"}"#, .ok),
      ] {
        let found = try await BackendUnderTest.status { try await backend.users.update(patch(body), context) }
        #expect(found == status, "\(body)")
      }
    }
  }

  @Test func `the present password is guessed no faster than at a sign-in`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let ada = try await backend.signUp()
      let context = BackendUnderTest.context(ada, ["id": "\(ada)"])
      var found: [Status] = []
      for _ in 0..<12 {
        let guess = try BackendUnderTest.body(.delete, #"{"current_password":"a wild guess"}"#)
        found.append(try await BackendUnderTest.status { try await backend.users.delete(guess, context) })
      }
      #expect(found.prefix(10).allSatisfy { $0 == .forbidden } && found.last == .tooManyRequests)
    }
  }

  @Test(arguments: TestEngine.drivers, [#"{"role":"operator"}"#, #"{"active":true}"#])
  func `a member changes neither its role nor its state`(engine: TestEngine, body: String) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let ada = try await backend.signUp()
      let context = BackendUnderTest.context(ada, ["id": "\(ada)"])
      let status = try await BackendUnderTest.status { try await backend.users.update(patch(body), context) }
      #expect(status == .forbidden)
      #expect(try await backend.userStore.user(id: ada)?.role == "member")
    }
  }
}

import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Testing

@testable import backend_api

/// The list of users, in both orders.
@Suite struct UserListTests {
  private static let names = ["eve", "ada", "dan", "bob", "cy"]

  private func page(_ backend: BackendUnderTest, _ target: String) async throws -> (
    emails: [String], next: String?
  ) {
    let request = try Request(.get, target)
    let response = try await backend.users.list(request, BackendUnderTest.context(1, role: .operator))
    let items = try #require(try BackendUnderTest.json(response)["items"]?.array)
    let link = response.headers["Link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
    return (items.compactMap { $0["email"]?.string }, link)
  }

  @Test(arguments: TestEngine.drivers)
  func `the list goes on at its last user in the order of the ids and of the addresses`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      for name in Self.names { _ = try await backend.signUp("\(name)@example.org") }
      for (query, expected) in [
        ("", Self.names), ("order=id&", Self.names), ("order=email&", Self.names.sorted()),
      ] {
        var (emails, next) = try await page(backend, "/v1/users?\(query)limit=2")
        while let link = next {
          let more = try await page(backend, link)
          emails += more.emails
          next = more.next
        }
        #expect(emails == expected.map { "\($0)@example.org" }, "\(query)")
      }
    }
  }

  @Test func `an unknown order and a cursor of the other order are refused`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      for name in Self.names { _ = try await backend.signUp("\(name)@example.org") }
      await #expect(throws: Problem.self) { try await page(backend, "/v1/users?order=age") }
      let link = try #require(try await page(backend, "/v1/users?order=email&limit=2").next)
      let other = link.replacing("order=email&", with: "")
      let error = await #expect(throws: DatabaseError.self) { try await page(backend, other) }
      #expect(error?.kind == .valueOutOfRange)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `the current session names its user`(engine: TestEngine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let principal = try await backend.principal()
      let context = BackendUnderTest.context(id, session: principal.sessionID)
      let body = try BackendUnderTest.json(try await backend.sessions.read(Request(.get, "/"), context))
      #expect(body["user_id"]?.integer == id && body["user"]?["id"]?.integer == id)
      #expect(body["user"]?["email"]?.string == "ada@example.org")
      #expect(body["user"]?["password"] == nil)
      _ = try await backend.sessions.delete(Request(.delete, "/"), context)
      await #expect(throws: Problem.self) { try await backend.sessions.read(Request(.get, "/"), context) }
    }
  }
}

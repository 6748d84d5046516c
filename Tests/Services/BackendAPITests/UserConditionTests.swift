import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Schema
import Service
import Testing

@testable import backend_api

/// The state of a user as a condition of a request, and the filters of the list.
@Suite struct UserConditionTests {
  private func request(_ method: HTTP.Method, _ json: String, _ headers: [(String, String)]) throws -> Request
  {
    var request = try BackendUnderTest.body(method, json)
    for (name, value) in headers { request.headers.set(name, value) }
    return request
  }

  @Test(arguments: TestEngine.drivers)
  func `a change with a stale tag gets 412 and changes nothing`(engine: TestEngine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let context = try await backend.caller(id, role: .operator, ["id": "\(id)"])
      let first = try await backend.users.read(Request(.get, "/"), context)
      let tag = try #require(first.headers["ETag"])
      let change = #"{"active":true,"current_password":"correct horse battery"}"#
      let changed = try await backend.users.update(
        request(.patch, change, [("If-Match", tag)]), context)
      let next = try #require(changed.headers["ETag"])
      #expect(next != tag)
      for (method, body) in [(HTTP.Method.patch, change), (.delete, BackendUnderTest.departure)] {
        let stale = try request(method, body, [("If-Match", tag)])
        let status = try await BackendUnderTest.status {
          method == .patch
            ? try await backend.users.update(stale, context) : try await backend.users.delete(stale, context)
        }
        #expect(status == .preconditionFailed, "\(method)")
      }
      #expect(try await backend.users.read(Request(.get, "/"), context).headers["ETag"] == next)
      let fresh = try request(.delete, BackendUnderTest.departure, [("If-Match", next)])
      #expect(try await backend.users.delete(fresh, context).status == .noContent)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `of concurrent changes with one tag one is made`(engine: TestEngine) async throws {
    try await BackendUnderTest.with(engine) { backend in
      let id = try await backend.signUp()
      let context = try await backend.caller(id, role: .operator, ["id": "\(id)"])
      let tag = try #require(
        try await backend.users.read(Request(.get, "/"), context).headers["ETag"])
      let statuses = try await withThrowingTaskGroup(of: Status.self) { group in
        for _ in 0..<6 {
          group.addTask {
            try await BackendUnderTest.status {
              try await backend.users.update(
                request(
                  .patch, #"{"role":"operator","current_password":"correct horse battery"}"#,
                  [("If-Match", tag)]), context)
            }
          }
        }
        return try await group.reduce(into: [Status]()) { $0.append($1) }
      }
      #expect(statuses.count { $0 == .ok } == 1)
      #expect(statuses.count { $0 == .preconditionFailed } == 5)
    }
  }

  @Test func `a client that has the user gets 304`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let id = try await backend.signUp()
      let context = BackendUnderTest.context(id, ["id": "\(id)"])
      let tag = try #require(
        try await backend.users.read(Request(.get, "/"), context).headers["ETag"])
      let again = try await backend.users.read(
        Request(.get, "/", headers: ["If-None-Match": tag]), context)
      #expect(again.status == .notModified && again.body.isEmpty)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `the list filters by address, state and role, and has the newest first`(engine: TestEngine)
    async throws
  {
    try await BackendUnderTest.with(engine) { backend in
      let (ada, bob) = (try await backend.signUp(), try await backend.signUp("bob@example.org"))
      try await backend.database.run(
        Users.update(\.active <- false, \.role <- Role.operator.rawValue).where(\.id == bob))
      let lists: [(String, [Int64])] = [
        ("", [ada, bob]), ("?order=newest", [bob, ada]), ("?email=BOB@example.org", [bob]),
        ("?active=true", [ada]), ("?active=false&role=operator", [bob]), ("?role=operator&active=true", []),
      ]
      for (query, ids) in lists {
        let page = try await backend.users.list(
          Request(.get, "/v1/users\(query)"), BackendUnderTest.context(ada, role: .operator))
        let items = try #require(try BackendUnderTest.json(page)["items"]?.array)
        #expect(items.compactMap { $0["id"]?.integer } == ids, "\(query)")
      }
      let first = try await backend.users.list(
        Request(.get, "/v1/users?order=newest&active=true&limit=1"), BackendUnderTest.context(ada))
      #expect(first.headers["Link"] == nil)
    }
  }

  @Test(arguments: [
    ("active=1&role=x", ["active", "role"]), ("email=", ["email"]),
  ])
  func `wrong filters are named, all at once`(query: String, fields: [String]) throws {
    do {
      _ = try UserFilter(try Request(.get, "/v1/users?\(query)"))
      Issue.record("accepted")
    } catch let problem as Problem {
      #expect(problem.code == .invalidParameter && problem.errors.map(\.field) == fields)
    }
  }

  @Test func `a sign-up names every wrong field`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      do {
        _ = try await backend.users.create(
          BackendUnderTest.post(["email": "no address", "password": "password"]), BackendUnderTest.context())
        Issue.record("accepted")
      } catch let problem as Problem {
        #expect(problem.errors.map(\.field) == ["email", "password"])
      }
    }
  }
}

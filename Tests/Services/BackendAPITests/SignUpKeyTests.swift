import DataAccess
import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Schema
import Service
import Testing

@testable import backend_api

/// A sign-up that comes twice with one `Idempotency-Key` makes one account.
@Suite struct SignUpKeyTests {
  private func signUp(
    _ backend: BackendUnderTest, _ key: String?, email: String = "ada@example.org",
    password: String = BackendUnderTest.password, from address: String? = nil
  ) async throws -> Response {
    var request = try BackendUnderTest.post(
      ["email": .string(email), "password": .string(password)], from: address)
    if let key { request.headers.set("Idempotency-Key", key) }
    return try await backend.users.create(request, BackendUnderTest.context())
  }

  private func code(_ body: () async throws -> Response) async throws -> ProblemCode? {
    do {
      _ = try await body()
      return nil
    } catch let problem as Problem {
      return problem.code
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `of many equal sign-ups at once one makes the account, and all get it`(engine: TestEngine) async throws
  {
    try await BackendUnderTest.with(engine) { backend in
      let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for _ in 0..<8 {
          group.addTask {
            let response = try await signUp(backend, "k1")
            #expect(response.status == .created && response.headers["Location"] != nil)
            return response.body
          }
        }
        return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
      }
      #expect(bodies.count == 1)
      #expect(try await backend.eventTypes() == ["user.created"])
      #expect(try await backend.database.count(BackendIdempotencyKeys.count()) == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a key of another sign-up gets 422, and a taken address without the key 409`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await signUp(backend, "k1")
      #expect(
        try await code { try await signUp(backend, "k1", email: "bob@example.org") } == .idempotencyKeyReused)
      #expect(
        try await code { try await signUp(backend, "k1", password: "another password") }
          == .idempotencyKeyReused)
      for key in [nil, "k2"] { #expect(try await code { try await signUp(backend, key) } == .emailTaken) }
      #expect(try await signUp(backend, "k2", email: "bob@example.org").status == .created)
      #expect(try await backend.database.count(Users.count()) == 2)
    }
  }

  @Test(arguments: TestEngine.all)
  func `a key whose account was removed makes no other one, until the key has expired`(
    engine: TestEngine
  ) async throws {
    try await BackendUnderTest.with(engine) { backend in
      _ = try await signUp(backend, "k1")
      let id = try #require(try await backend.database.first(Users.select(\.id), as: { $0 }))
      _ = try await backend.userStore.delete(id: id, by: BackendUnderTest.author, at: .now())
      #expect(try await code { try await signUp(backend, "k1") } == .resultRemoved)
      let early = Timestamp.now().adding(seconds: -IdempotencyKey.keptSeconds - 1)
      try await backend.database.run(BackendIdempotencyKeys.update(\.createdAt <- early).everyRow())
      #expect(try await signUp(backend, "k1").status == .created)
      #expect(try await backend.database.count(BackendIdempotencyKeys.count()) == 1)
    }
  }

  @Test func `a guess with a known key counts as a failed sign-in`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      _ = try await signUp(backend, "k1")
      for _ in 0..<SignInThrottle.maximumFailures {
        #expect(
          try await code { try await signUp(backend, "k1", password: "a wrong password", from: "192.0.2.1") }
            == .idempotencyKeyReused)
      }
      #expect(try await backend.signIn(from: "192.0.2.1") == .tooManyRequests)
      #expect(try await backend.signIn(from: "192.0.2.2") == .created)
    }
  }

  @Test func `the table has no digest of a body, which has a password`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      for (key, email) in [("k1", "ada@example.org"), ("k2", "bob@example.org")] {
        _ = try await signUp(backend, key, email: email)
      }
      let prints = try await backend.database.all(
        BackendIdempotencyKeys.select(\.fingerprint), as: { $0 })
      #expect(prints.count == 2 && Set(prints).count == 1)
    }
  }

  @Test func `a sign-up says how many are left for its source`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let response = try await signUp(backend, nil)
      #expect(response.headers["RateLimit-Policy"] == "\"sign-ups\";q=20;w=900")
      #expect(response.headers["RateLimit"] == "\"sign-ups\";r=19")
      for number in 0..<20 { _ = try await signUp(backend, nil, email: "a\(number)@example.org") }
      do {
        _ = try await signUp(backend, nil, email: "last@example.org")
        Issue.record("the limit did not hold")
      } catch let problem as Problem {
        let fields = problem.headers.map { "\($0.name): \($0.value)" }
        #expect(problem.code == .rateLimited && fields.contains { $0.hasPrefix("Retry-After: ") })
        #expect(fields.contains { $0.hasPrefix("RateLimit: \"sign-ups\";r=0;t=") })
      }
    }
  }
}

import HTTP
import Routing
import TestSupport
import Testing

@testable import Service

/// What one user changes takes a bounded part of what all share.
@Suite struct ChangeLimitTests {
  private let clock = SteppingClock()

  private func limit(_ changes: Int) -> ChangeLimit {
    ChangeLimit(changes: changes, nanoseconds: { [clock] in clock.look() })
  }

  private func context(_ user: Int64, provenBy proof: SessionProof? = nil) -> RequestContext {
    var context = RequestContext(requestID: "1", access: .signedIn, principal: Self.principal(user))
    context.sessionProof = proof
    return context
  }

  private static func principal(_ user: Int64) -> Principal {
    Principal(
      userID: user, sessionID: 1, role: .member, expiresAt: 1,
      token: TokenTraits(binding: TokenBinding(installation: "i", epoch: "e"), issuedAt: 0, digest: "d"))
  }

  private func status(
    _ method: Method, _ user: Int64, _ limit: ChangeLimit, proof: SessionProof? = nil, holds: Bool = true,
    answering problem: Problem? = nil
  ) async throws -> Status {
    do {
      let middleware = ChangeLimitMiddleware(limit: limit)
      return try await middleware.respond(
        to: try Request(method, "/v1/settings/a"), in: context(user, provenBy: proof)
      ) { _, context in
        if holds { context.sessionProof?.record(goesOn: true) }
        if let problem { throw problem }
        return Response(status: .ok)
      }.status
    } catch let problem as Problem {
      return problem.status
    }
  }

  @Test func `a user has the changes of a minute at once, and gets them back evenly`() async throws {
    let limit = limit(60)
    for _ in 0..<60 { try limit.take(7) }
    let problem = #expect(throws: Problem.self) { try limit.take(7) }
    #expect(problem?.status == .tooManyRequests)
    let headers: [Problem.HeaderField] = problem?.headers ?? []
    #expect(headers.contains(Problem.HeaderField("Retry-After", "1")))
    #expect(headers.contains(Problem.HeaderField("RateLimit-Policy", #""changes";q=60;w=60"#)))
    try limit.take(8)
    clock.pass(1_000_000_000)
    try limit.take(7)
    #expect(throws: Problem.self) { try limit.take(7) }
    clock.pass(30_000_000_000)
    for _ in 0..<30 { try limit.take(7) }
    #expect(throws: Problem.self) { try limit.take(7) }
  }

  @Test func `users without a recent change are forgotten`() throws {
    let limit = limit(600)
    for user in 0..<10_000 {
      try limit.take(Int64(user))
      clock.pass(1_000_000)
    }
    #expect(limit.userCount <= 2_048)
  }

  @Test func `changes are refused beyond the limit, and reads never`() async throws {
    let limit = limit(2)
    for method in [Method.put, .delete] { #expect(try await status(method, 7, limit) == .ok) }
    for method in [Method.put, .patch, .post, .delete] {
      #expect(try await status(method, 7, limit) == .tooManyRequests)
    }
    for method in [Method.get, .head, .options] { #expect(try await status(method, 7, limit) == .ok) }
    #expect(try await status(.put, 8, limit) == .ok)
  }

  @Test func `a change whose handler finds the session ended uses nothing up`() async throws {
    let limit = limit(1)
    for holds in [false, false, true] {
      let proof = SessionProof(of: Self.principal(7))
      #expect(try await status(.put, 7, limit, proof: proof, holds: holds) == .ok)
    }
    let proof = SessionProof(of: Self.principal(7))
    #expect(try await status(.put, 7, limit, proof: proof) == .tooManyRequests)
  }

  @Test(arguments: [true, false])
  func `a change that the handler refuses counts like one that it makes`(_ isProven: Bool) async throws {
    let limit = limit(3)
    for problem in [Problem.notFound("none"), .conflict("taken"), nil] as [Problem?] {
      let proof = isProven ? SessionProof(of: Self.principal(7)) : nil
      let expected = problem?.status ?? .ok
      #expect(try await status(.put, 7, limit, proof: proof, answering: problem) == expected)
    }
    let proof = isProven ? SessionProof(of: Self.principal(7)) : nil
    #expect(try await status(.put, 7, limit, proof: proof) == .tooManyRequests)
  }

  @Test(arguments: [true, false])
  func `changes at once cannot share what is left`(_ isProven: Bool) async throws {
    let middleware = ChangeLimitMiddleware(limit: limit(5))
    let (entered, entries) = AsyncStream<Void>.makeStream()
    let gate = AsyncBox<Void>()
    let statuses = try await withThrowingTaskGroup(of: Status.self) { group in
      for _ in 0..<20 {
        let context = context(7, provenBy: isProven ? SessionProof(of: Self.principal(7)) : nil)
        group.addTask {
          do {
            defer { entries.yield() }
            return try await middleware.respond(to: try Request(.put, "/v1/settings/a"), in: context) {
              _, context in
              entries.yield()
              try await gate.value()
              context.sessionProof?.record(goesOn: true)
              return Response(status: .ok)
            }.status
          } catch let problem as Problem {
            return problem.status
          }
        }
      }
      // Each change is refused, or waits in its handler beside the others.
      var waiting = 0
      for await _ in entered {
        waiting += 1
        if waiting == 20 { break }
      }
      gate.set(())
      return try await group.reduce(into: [Status]()) { $0.append($1) }
    }
    #expect(statuses.count { $0 == .ok } == 5 && statuses.count { $0 == .tooManyRequests } == 15)
  }
}

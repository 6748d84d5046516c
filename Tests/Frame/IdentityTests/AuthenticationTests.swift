import HTTP
import Identity
import Routing
import Testing

@Suite("Authentication")
struct AuthenticationTests {
  let fleet: TokenFixture

  init() throws { fleet = try TokenFixture() }

  /// A revocation check with the test's result.
  private struct Check: RevocationCheck {
    let answer: @Sendable (Principal) async throws -> Bool

    func isRevoked(_ principal: Principal) async throws -> Bool { try await answer(principal) }
  }

  private func middleware(
    isRevoked: @escaping @Sendable (Principal) async throws -> Bool = { _ in false }
  ) -> AuthenticationMiddleware {
    AuthenticationMiddleware(
      verifiers: fleet.verifier, now: { TokenFixture.now }, revocation: Check(answer: isRevoked))
  }

  /// The principal that the handler behind the middleware receives.
  private func principal(
    _ authorization: [String], access: Access = .signedIn, through middleware: AuthenticationMiddleware
  ) async throws -> Principal? {
    var request = try Request(.get, "/v1/whoami")
    for field in authorization { request.headers.append("Authorization", field) }
    let seen = PrincipalBox()
    _ = try await middleware.respond(to: request, in: RequestContext(requestID: "1", access: access)) {
      _, context in
      await seen.put(context.principal)
      return Response(status: .ok)
    }
    return await seen.principal
  }

  @Test(arguments: ["Bearer", "bearer", "BEARER"])
  func `a good token puts its principal into the context`(scheme: String) async throws {
    let principal = try await principal(["\(scheme) \(fleet.token())"], through: middleware())
    #expect(principal?.userID == 42)
    #expect(principal?.sessionID == 7)
  }

  @Test func `without a token the challenge names the scheme`() async throws {
    let problem = await #expect(throws: Problem.self) { try await principal([], through: middleware()) }
    #expect(problem?.status == .unauthorized)
    #expect(problem?.headers == [Problem.HeaderField("WWW-Authenticate", "Bearer")])
  }

  @Test func `every bad token gets the same answer`() async throws {
    let good = fleet.token()
    let bad = [
      ["Bearer " + fleet.token(now: TokenFixture.now - 1000)], ["Bearer " + (try TokenFixture().token())],
      ["Bearer garbage"], ["Bearer"], ["Bearer "], ["Bearer  " + good], ["Bearer " + good + " "],
      ["Basic dXNlcjpwYXNz"], [good], ["Bearer " + good, "Bearer " + good], [""],
    ]
    var problems: Set<Problem> = []
    for authorization in bad {
      let problem = await #expect(throws: Problem.self, "\(authorization)") {
        try await principal(authorization, through: middleware())
      }
      if let problem { problems.insert(problem) }
    }
    let revoked = await #expect(throws: Problem.self) {
      try await principal(["Bearer " + good], through: middleware(isRevoked: { $0.sessionID == 7 }))
    }
    if let revoked { problems.insert(revoked) }
    #expect(problems.count == 1)
    #expect(problems.first?.status == .unauthorized)
    #expect(
      problems.first?.headers
        == [Problem.HeaderField("WWW-Authenticate", #"Bearer error="invalid_token""#)])
  }

  @Test func `a public route ignores the token`() async throws {
    for authorization in [[], ["Bearer garbage"], ["Bearer " + fleet.token()]] {
      #expect(try await principal(authorization, access: .anyone, through: middleware()) == nil)
    }
  }

  @Test func `a revocation check that fails fails the request`() async {
    struct Away: Error {}
    await #expect(throws: Away.self) {
      try await principal(["Bearer " + fleet.token()], through: middleware(isRevoked: { _ in throw Away() }))
    }
  }
}

private actor PrincipalBox {
  private(set) var principal: Principal?
  func put(_ principal: Principal?) { self.principal = principal }
}

import HTTP
import Identity
import Routing
import Synchronization
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

  @Test func `the user of a request is that of its good token, also of one whose session has ended`() throws {
    let middleware = middleware(isRevoked: { _ in true })
    let bad = ["Bearer garbage", "Bearer \(fleet.token(now: TokenFixture.now - 1000))", "Basic a", ""]
    for _ in 0..<2 {
      for field in bad {
        let request = try Request(.get, "/v1/whoami", headers: ["Authorization": field])
        #expect(middleware.verifiedUser(of: request) == nil)
      }
      let good = try Request(.get, "/v1/whoami", headers: ["Authorization": "Bearer \(fleet.token())"])
      #expect(middleware.verifiedUser(of: good) == 42)
      let none = try Request(.get, "/v1/whoami")
      #expect(middleware.verifiedUser(of: none) == nil)
    }
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

  /// A check that reads a record with the session.
  private struct RecordCheck: RevocationCheck {
    let hasEnded: Bool

    func isRevoked(_ principal: Principal) async throws -> Bool { hasEnded }

    func session(of principal: Principal) async throws -> CheckedSession {
      hasEnded ? .hasEnded : .goesOn(callerRecord: "record of \(principal.userID)")
    }
  }

  private func record(wanted: Bool, by check: any RevocationCheck) async throws -> String? {
    var request = try Request(.get, "/v1/users/me")
    request.headers.append("Authorization", "Bearer " + fleet.token())
    let context = RequestContext(requestID: "1", access: .signedIn, traits: wanted ? .callerRecord : [])
    let response = try await AuthenticationMiddleware(
      verifiers: fleet.verifier, now: { TokenFixture.now }, revocation: check
    ).respond(to: request, in: context) { _, context in
      Response(status: .ok, body: Array((context.callerRecord as? String ?? "none").utf8))
    }
    return String(decoding: response.body, as: UTF8.self)
  }

  @Test func `a route that asks for the caller's record gets the one of a session that goes on`() async throws
  {
    #expect(try await record(wanted: true, by: RecordCheck(hasEnded: false)) == "record of 42")
    #expect(try await record(wanted: false, by: RecordCheck(hasEnded: false)) == "none")
    #expect(try await record(wanted: true, by: Check(answer: { _ in false })) == "none")
    for check: any RevocationCheck in [RecordCheck(hasEnded: true), Check(answer: { _ in true })] {
      let problem = await #expect(throws: Problem.self) { try await record(wanted: true, by: check) }
      #expect(problem?.status == .unauthorized)
    }
  }

  /// The answer of a handler on a route whose handler checks the session itself.
  private func answer(
    hasEnded: Bool, notes: RequestNotes? = nil,
    _ handler: @escaping @Sendable (SessionProof) throws -> Response
  ) async throws -> (Result<Response, any Error>, checks: Int) {
    let checks = Mutex(0)
    let check = Check { _ in
      checks.withLock { $0 += 1 }
      return hasEnded
    }
    var request = try Request(.put, "/v1/settings/theme")
    request.headers.append("Authorization", "Bearer " + fleet.token())
    let context = RequestContext(
      requestID: "1", template: "/v1/settings/{name}", access: .signedIn, traits: .sessionProof,
      notes: notes)
    let middleware = AuthenticationMiddleware(
      verifiers: fleet.verifier, now: { TokenFixture.now }, revocation: check)
    do {
      let response = try await middleware.respond(to: request, in: context) { _, context in
        #expect(context.principal?.userID == 42 && context.sessionProof?.principal.sessionID == 7)
        return try handler(#require(context.sessionProof))
      }
      return (.success(response), checks.withLock { $0 })
    } catch {
      return (.failure(error), checks.withLock { $0 })
    }
  }

  @Test func `a handler that makes the check is the only one to make it`() async throws {
    let (result, checks) = try await answer(hasEnded: false) { proof in
      proof.record(goesOn: true)
      return Response(status: .ok)
    }
    #expect(try result.get().status == .ok)
    #expect(checks == 0)
  }

  @Test func `a handler that answers without its check gets an error, whether or not the session goes on`()
    async throws
  {
    for hasEnded in [false, true] {
      let (result, _) = try await answer(hasEnded: hasEnded) { _ in Response(status: .ok) }
      let error = #expect(throws: MissingSessionProof.self) { try result.get() }
      #expect(error?.description.contains("/v1/settings/{name}") == true)
    }
    // The first run of a transaction found the session, the second one did not.
    let (again, _) = try await answer(hasEnded: true) { proof in
      proof.record(goesOn: true)
      proof.record(goesOn: false)
      throw Problem.unauthorized()
    }
    #expect(#expect(throws: Problem.self) { try again.get() }?.headers.isEmpty == false)
  }

  @Test func `a refusal before the check is for callers alone whose session goes on`() async throws {
    let (open, _) = try await answer(hasEnded: false) { _ in throw Problem.notFound() }
    #expect(#expect(throws: Problem.self) { try open.get() }?.status == .notFound)
    let (ended, _) = try await answer(hasEnded: true) { _ in throw Problem.notFound() }
    let refusal = #expect(throws: Problem.self) { try ended.get() }
    let usual = await #expect(throws: Problem.self) {
      try await principal(["Bearer garbage"], through: middleware())
    }
    #expect(refusal != nil && refusal == usual)
    let (held, checks) = try await answer(hasEnded: true) { proof in
      proof.record(goesOn: true)
      throw Problem.notFound()
    }
    #expect(#expect(throws: Problem.self) { try held.get() }?.status == .notFound)
    #expect(checks == 0)
  }

  @Test func `the caller of a session that has ended is not noted for the access log`() async throws {
    for hasEnded in [false, true] {
      let (answered, refused) = (RequestNotes(), RequestNotes())
      let answer = try await self.answer(hasEnded: hasEnded, notes: answered) { proof in
        #expect(answered.principal == nil)
        proof.record(goesOn: !hasEnded)
        guard proof.holds else { throw Problem.unauthorized() }
        return Response(status: .ok)
      }
      _ = try await self.answer(hasEnded: hasEnded, notes: refused) { _ in throw Problem.notFound() }
      #expect(answer.checks == (hasEnded ? 1 : 0))
      #expect(answered.principal == (hasEnded ? nil : 42))
      #expect(refused.principal == (hasEnded ? nil : 42))
    }
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

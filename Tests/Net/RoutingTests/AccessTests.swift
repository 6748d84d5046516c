import HTTP
import Routing
import Testing

@Suite struct AccessTests {
  private let responder = makeResponder(middleware: [RoleMiddleware()]) { router in
    router.get("/anyone", summary: "", access: .anyone) { _, _ in .noContent() }
    router.get("/signed-in", summary: "", access: .signedIn) { _, _ in .noContent() }
    router.get("/own", summary: "", access: .signedIn) { _, _ in
      Response(status: .ok, headers: ["Cache-Control": "private"])
    }
    router.get("/operators", summary: "", access: .operators) { _, _ in .noContent() }
  }

  @Test(arguments: [
    ("/anyone", "", 204), ("/anyone", "member", 204), ("/anyone", "operator", 204),
    ("/signed-in", "", 401), ("/signed-in", "member", 204), ("/signed-in", "operator", 204),
    ("/operators", "", 401), ("/operators", "member", 403), ("/operators", "operator", 204),
  ])
  func `the router enforces each route's access`(path: String, role: String, status: Int) async throws {
    let response = try await responder.answer(.get, path, headers: ["Authorization": role])
    #expect(response.status.code == status)
    #expect(response.headers["WWW-Authenticate"] == (status == 401 ? "Bearer" : nil))
  }

  @Test func `no cache stores a response of a route with a token, refusals too`() async throws {
    for (path, role) in [("/signed-in", "member"), ("/signed-in", ""), ("/operators", "member")] {
      let response = try await responder.answer(.get, path, headers: ["Authorization": role])
      #expect(response.headers["Cache-Control"] == "no-store", "\(path) \(role)")
    }
    #expect(try await responder.answer(.get, "/anyone").headers["Cache-Control"] == nil)
    #expect(
      try await responder.answer(.get, "/own", headers: ["Authorization": "member"])
        .headers.values(of: "Cache-Control") == ["private"])
  }

  @Test func `a handler can require more than its route's access`() throws {
    var context = RequestContext(requestID: "r")
    #expect(throws: Problem.unauthorized()) { try context.requirePrincipal() }
    context.principal = Principal(userID: 1, sessionID: 2, role: .member, expiresAt: 3)
    #expect(try context.requirePrincipal().userID == 1)
    #expect(throws: Problem.self) { try context.requireOperator() }
  }
}

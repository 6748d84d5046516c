import HTTP
import JSON
import Routing
import Testing

@Suite struct ProblemTests {
  private struct Failure: Error {}

  private let responder = makeResponder(
    mapError: { $0 is Failure ? .unavailable("Try later.", retryAfterSeconds: 5) : .internalError() }
  ) { router in
    router.get("/problem", summary: "", access: .anyone, query: [.init("x")]) { _, _ in
      throw Problem.conflict("Taken.")
    }
    router.get("/failure", summary: "", access: .anyone) { _, _ in throw Failure() }
    router.get("/other", summary: "", access: .anyone) { _, _ in throw CancellationError() }
  }

  @Test func `a thrown problem becomes the response`() async throws {
    let response = try await responder.answer(.get, "/problem?x=1")
    #expect(response.status == .conflict)
    #expect(response.headers["Content-Type"] == "application/problem+json")
    #expect(
      response.text
        == ##"{"type":"/docs#problem-conflict","title":"Conflict","status":409,"code":"conflict","detail":"Taken.","##
        + #""instance":"/problem"}"#)
  }

  @Test func `any other error is mapped once and reveals no internals`() async throws {
    let known = try await responder.answer(.get, "/failure")
    #expect(known.status == .serviceUnavailable)
    #expect(known.headers["Retry-After"] == "5")
    let unknown = try await responder.answer(.get, "/other")
    #expect(unknown.status == .internalServerError)
    #expect(try unknown.json["detail"]?.string == "Internal error.")
  }

  @Test func `an unknown path or method gets a problem document`() async throws {
    let missing = try await responder.answer(.get, "/a%20b")
    #expect(try missing.json["status"]?.integer == 404)
    #expect(try missing.json["instance"]?.string == "/a%20b")
    #expect(try await responder.answer(.post, "/problem").json["status"]?.integer == 405)
  }

  @Test func `extensions follow the standard members and cannot replace them`() throws {
    let problem = Problem(
      .unprocessableContent, code: .limitReached, title: "T",
      extensions: [.init("most", 3), .init("status", 200)])
    #expect(
      problem.response().text
        == ##"{"type":"/docs#problem-limit_reached","title":"T","status":422,"code":"limit_reached","most":3}"##
    )
  }

  @Test func `each kind of problem has its status`() {
    let kinds: [(Problem, Int)] = [
      (.badRequest(), 400), (.unauthorized(), 401), (.forbidden(), 403), (.notFound(), 404),
      (.methodNotAllowed(allow: "GET"), 405), (.conflict(), 409), (.preconditionFailed(), 412),
      (.unsupportedMediaType(), 415), (.unprocessable(), 422), (.preconditionRequired(), 428),
      (.tooManyRequests(), 429), (.internalError(), 500), (.unavailable(), 503),
      (Problem(.bodyTooLarge), 413),
    ]
    for (problem, code) in kinds {
      #expect(problem.status.code == code)
      #expect(problem.response().status.code == code)
    }
  }
}

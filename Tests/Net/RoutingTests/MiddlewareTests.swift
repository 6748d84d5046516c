import HTTP
import Routing
import Testing

@Suite struct MiddlewareTests {
  /// Appends its letter to the response.
  private struct Letter: Middleware {
    let letter: String

    func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
      var response = try await next(request, context)
      response.body += Array(letter.utf8)
      return response
    }
  }

  private struct Refusal: Middleware {
    func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
      throw Problem.tooManyRequests(retryAfterSeconds: 3)
    }
  }

  @Test func `the first middleware is the outermost`() async throws {
    let responder = makeResponder(middleware: [Letter(letter: "a"), Letter(letter: "b")]) { router in
      router.get("/", summary: "", access: .anyone) { _, _ in .text("h") }
    }
    #expect(try await responder.answer(.get, "/").text == "hba")
  }

  @Test func `a middleware can respond or throw instead of the handler`() async throws {
    let responder = makeResponder(middleware: [Refusal()]) { router in
      router.get("/", summary: "", access: .anyone) { _, _ in .text("h") }
    }
    let response = try await responder.answer(.get, "/")
    #expect(response.status == .tooManyRequests)
    #expect(response.headers["Retry-After"] == "3")
  }

  @Test func `a middleware does not run for requests without a route`() async throws {
    let responder = makeResponder(middleware: [Refusal()]) { _ in }
    #expect(try await responder.answer(.get, "/").status == .notFound)
  }

  @Test func `a middleware receives the route's access and template`() async throws {
    struct Echo: Middleware {
      func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
        .text("\(context.template) \(context.access)")
      }
    }
    let responder = makeResponder(middleware: [Echo()]) { router in
      router.get("/a/{b}", summary: "", access: .operators) { _, _ in .noContent() }
    }
    #expect(try await responder.answer(.get, "/a/1").text == "/a/{b} operators")
  }
}

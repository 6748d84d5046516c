import HTTP
import Routing
import Testing

@Suite struct ImmediateRouteTests {
  /// Marks each response of the routes that it applies to.
  private struct Mark: Middleware {
    let access: Access

    func concerns(_ route: RouteDescription) -> Bool { route.access == access }

    func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
      var response = try await next(request, context)
      response.body += Array("!".utf8)
      return response
    }
  }

  private func replyAtOnce(_ responder: RouterResponder, _ target: String) throws -> Response? {
    switch responder.begin(try Request(.get, target)) {
    case .now(let response): response
    case .later: nil
    }
  }

  @Test func `an immediate handler responds without a task`() throws {
    let observer = RecordingObserver()
    let responder = makeResponder(observers: [observer]) { router in
      router.get("/", summary: "", access: .anyone) { _, context in .text(context.requestID) }
    }
    let response = try #require(try replyAtOnce(responder, "/"))
    #expect(response.text == "made")
    #expect(response.requestID == "made")
    #expect(observer.lines.withLock { $0 } == ["GET / 200 500ns made 4B"])
  }

  @Test func `an async handler needs a task, and a request without a route needs none`() throws {
    let responder = makeResponder { router in
      router.get("/", summary: "", access: .anyone) { _, _ in
        await Task.yield()
        return .text("late")
      }
    }
    #expect(try replyAtOnce(responder, "/") == nil)
    #expect(try replyAtOnce(responder, "/nowhere")?.status == .notFound)
  }

  @Test func `an error of an immediate handler becomes a problem`() throws {
    let responder = makeResponder { router in
      router.get("/", summary: "", access: .anyone) { _, _ in throw Problem.conflict() }
    }
    #expect(try replyAtOnce(responder, "/")?.status == .conflict)
  }

  @Test func `access is enforced on an immediate route`() throws {
    let responder = makeResponder { router in
      router.get("/", summary: "", access: .signedIn) { _, _ in .text("secret") }
    }
    #expect(try replyAtOnce(responder, "/")?.status == .unauthorized)
  }

  @Test func `a middleware that applies to an immediate route wraps it`() async throws {
    let middleware = [Mark(access: .anyone)]
    let responder = makeResponder(middleware: middleware) { router in
      router.get("/a", summary: "", access: .anyone) { _, _ in .text("a") }
      router.get("/b", summary: "", access: .operators) { _, _ in .text("b") }
    }
    #expect(try replyAtOnce(responder, "/a") == nil)
    #expect(try await responder.answer(.get, "/a").text == "a!")
    #expect(try replyAtOnce(responder, "/b")?.status == .unauthorized)
  }
}

import HTTP
import Routing
import Testing

@Suite struct ObserverTests {
  @Test func `every response is reported under its template, and unknown paths under one name`() async throws
  {
    let observer = RecordingObserver()
    let responder = makeResponder(observers: [observer]) { router in
      router.get("/a/{b}", summary: "", access: .anyone) { _, _ in .text("four") }
      router.delete("/a/{b}", summary: "", access: .anyone) { _, _ in throw Problem.notFound() }
    }
    _ = try await responder.answer(.get, "/a/1", headers: ["X-Request-Id": "mine"])
    _ = try await responder.answer(.delete, "/a/1")
    _ = try await responder.answer(.put, "/a/1")
    _ = try await responder.answer(.get, "/b")
    let lines = observer.lines.withLock { $0 }
    #expect(lines[0] == "GET /a/{b} 200 500ns made (mine) 4B")
    #expect(lines[1].hasPrefix("DELETE /a/{b} 404 1000ns made "))
    #expect(lines[2].hasPrefix("PUT /a/{b} 405 "))
    #expect(lines[3].hasPrefix("GET unmatched 404 "))
    #expect(lines.count == 4)
    // Only the suspending route has a handler that begins later.
    #expect(observer.waits.withLock { $0 } == [0, 500, 0, 0])
  }

  @Test func `a request whose client has gone before its response is reported as such, without bytes`()
    async throws
  {
    let observer = RecordingObserver()
    let responder = makeResponder(observers: [observer]) { router in
      router.get("/a", summary: "", access: .anyone) { request, _ async throws -> Response in
        request.presence?.end()
        throw Problem.unavailable()
      }
    }
    var request = try Request(.get, "/a")
    request.presence = ClientPresence()
    _ = await responder.respond(to: request)
    #expect(observer.lines.withLock { $0 }[0].hasPrefix("GET /a 499 "))
    #expect(observer.lines.withLock { $0 }[0].hasSuffix(" 0B"))
  }
}

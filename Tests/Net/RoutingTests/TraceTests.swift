import HTTP
import Routing
import Synchronization
import Testing

@Suite struct TraceTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let field = "00-\(trace)-b7ad6b7169203331-01"

  @Test(arguments: [field, "cc-\(trace)-b7ad6b7169203331-00", "cc-\(trace)-b7ad6b7169203331-00-later"])
  func `a valid trace is continued under a new id of the call`(text: String) throws {
    let context = try #require(TraceContext(text))
    #expect(context.traceID == Self.trace)
    let flags = text.dropFirst(53).prefix(2)
    #expect(context.field(callID: 0x2A) == "00-\(Self.trace)-000000000000002a-\(flags)")
    #expect(TraceContext(context.field()) == context)
  }

  @Test(arguments: [
    "", "00", "00-\(trace)-b7ad6b7169203331", "ff-\(trace)-b7ad6b7169203331-01",
    "00-\(trace)-b7ad6b7169203331-01-more", "00-\(trace.uppercased())-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-\(trace)-0000000000000000-01",
    "00-\(trace)-b7ad6b716920333-001", "0x-\(trace)-b7ad6b7169203331-01", "cc-\(trace)-b7ad6b7169203331-01x",
  ])
  func `a malformed trace counts as absent`(text: String) {
    #expect(TraceContext(text) == nil)
  }

  @Test func `several fields of a trace count as absent, even where they are equal`() {
    #expect(TraceContext(of: ["TraceParent": Self.field])?.traceID == Self.trace)
    let other = Self.field.replacing("-01", with: "-00")
    for second in [Self.field, other, "", "malformed"] {
      #expect(TraceContext(of: ["traceparent": Self.field, "Traceparent": second]) == nil)
      #expect(TraceContext(of: ["traceparent": second, "Traceparent": Self.field]) == nil)
    }
    #expect(TraceContext(of: [:]) == nil)
  }

  @Test func `a handler runs in the trace of its request, and observers have it with principal and request`()
    async throws
  {
    let observer = ExchangeObserver()
    let responder = makeResponder(middleware: [RoleMiddleware()], observers: [observer]) { router in
      router.post("/{id}", summary: "", access: .signedIn, traits: .anyQuery) { _, _ in
        await Task.yield()
        return .text(TraceContext.current?.traceID ?? "none")
      }
    }
    let headers: Headers = ["Authorization": "member", "traceparent": Self.field]
    #expect(try await responder.answer(.post, "/7?secret", headers: headers, body: "abc").text == Self.trace)
    #expect(observer.lines.withLock { $0 } == ["/7 3 Optional(7) \(Self.trace)"])
    #expect(
      try await responder.answer(.post, "/7", headers: ["Authorization": "member"]).text == "none")
    #expect(try await responder.answer(.post, "/7").status == .unauthorized)
    #expect(observer.lines.withLock { $0.last } == "/7 0 nil none")
  }
}

private final class ExchangeObserver: RequestObserver {
  let lines = Mutex<[String]>([])

  func completed(_ exchange: borrowing Exchange) {
    let place = "\(exchange.path) \(exchange.requestBytes)"
    let caller = "\(String(describing: exchange.principal)) \(exchange.traceID ?? "none")"
    lines.withLock { $0.append("\(place) \(caller)") }
  }
}

import Clock
import HTTP
import HTTPServer
import Routing
import Synchronization
import Testing
import Transport

/// Refusals by the responder itself: a full queue of work, a database that is away.
@Suite("Refusals by a responder") struct ResponderRefusalTests {
  @Test func `a client that repeats a refused request at once is not read for a while`() async throws {
    try await withServer(loops: 1, responder: RefusingResponder()) { address, server in
      try await blocking {
        let client = try TestClient(address)
        let start = MonotonicClock.nanoseconds()
        for _ in 0..<3 { #expect(try client.get("/busy").status == 503) }
        #expect(MonotonicClock.nanoseconds() - start > 900_000_000)
        #expect(try client.get("/other").status == 200)
        #expect(server.load.shed == 0)
      }
    }
  }

  @Test func `a refusal that names no time holds nothing up`() async throws {
    try await Self.expectNoPause(HTTPServerConfiguration(), after: "/away")
  }

  @Test func `a refusal to one client of a trusted proxy does not hold up the others`() async throws {
    let proxies = TrustedProxies(["127.0.0.0/8"].compactMap { AddressRange($0) })
    try await Self.expectNoPause(HTTPServerConfiguration(trustedProxies: proxies), after: "/busy")
  }

  @Test func `a stop does not wait for the pause`() async throws {
    try await withServer(loops: 1, responder: RefusingResponder()) { address, server in
      try await blocking {
        let client = try TestClient(address)
        #expect(try client.get("/busy").status == 503)
        Task { await server.stop(drainSeconds: 60) }
        #expect(client.isAtEnd())
      }
    }
  }

  /// Sends a request after the refusal, and then another client's: without a pause the loop takes them in this order.
  private static func expectNoPause(_ configuration: HTTPServerConfiguration, after target: String)
    async throws
  {
    let responder = RefusingResponder()
    try await withServer(configuration, loops: 1, responder: responder) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        #expect(try client.get(target).status == 503)
        try client.send("GET /other HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try TestClient(address).get("/count").body == "1")
        #expect(try client.readResponse().body == "/other")
      }
    }
  }
}

/// Refuses `/busy` with the time after which a client may come again, and `/away` without. `/count` has the number of the
/// other requests before it.
private final class RefusingResponder: Responder {
  private let others = Atomic<Int>(0)

  func respond(to request: Request) async -> Response {
    switch request.target {
    case "/busy": return Problem.unavailable("The queue is full.", retryAfterSeconds: 1).response()
    case "/away": return Problem.unavailable("It is away.").response()
    case "/count": return .text("\(others.load(ordering: .relaxed))")
    default:
      others.add(1, ordering: .relaxed)
      return .text(request.target)
    }
  }
}

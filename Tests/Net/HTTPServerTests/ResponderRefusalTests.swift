import Clock
import HTTP
import Routing
import ServerTestSupport
import Synchronization
import TestSupport
import Testing
import Transport

@testable import HTTPServer

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
    try await Self.expectNoPause(HTTPServerConfiguration.forTests(), after: "/away")
  }

  @Test func `a refusal to one client of a trusted proxy does not hold up the others`() async throws {
    let proxies = TrustedProxies(["127.0.0.0/8"].compactMap { AddressRange($0) })
    try await Self.expectNoPause(HTTPServerConfiguration.forTests(trustedProxies: proxies), after: "/busy")
  }

  @Test(arguments: ["X-Forwarded-For: 192.0.2.1", "forwarded: for=192.0.2.1", "Via: 1.1 proxy"])
  func `a refusal to one client of a proxy that is not listed does not hold up the others`(_ field: String)
    async throws
  {
    try await Self.expectNoPause(HTTPServerConfiguration.forTests(), after: "/busy", with: "\(field)\r\n")
  }

  @Test func `connections that are not read are counted`() async throws {
    try await withServer(loops: 1, responder: RefusingResponder()) { address, server in
      try await blocking {
        do {
          let client = try TestClient(address)
          #expect(server.load.paused == 0)
          // Each of them has a pause of its own, of half a second and more.
          try client.send(String(repeating: "GET /busy HTTP/1.1\r\nHost: t\r\n\r\n", count: 120))
          #expect(waitUntil { server.load.paused == 1 })
          #expect(try client.readResponse().status == 503)
        }
        #expect(waitUntil { server.connectionCount == 0 && server.load.paused == 0 })
      }
    }
  }

  @Test func `a pause is part of the time for which a pipelined request may wait`() async throws {
    let configuration = HTTPServerConfiguration.forTests(responseTimeoutSeconds: 1)
    try await withServer(configuration, loops: 1, responder: RefusingResponder()) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.send(
          "GET /slow HTTP/1.1\r\nHost: t\r\n\r\nGET /other HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readResponse().status == 503)
        #expect(try client.readResponse().status == 503)
        #expect(server.load.shed == 1)
      }
    }
  }

  @Test(arguments: [("1", 3, "3"), ("3", 3, "3"), ("30", 3, "30"), ("soon", 3, "soon")])
  func `a refusal names no less than the pause`(_ named: String, _ pause: Int, _ expected: String) {
    let response = Response(status: .serviceUnavailable, headers: ["Retry-After": named])
    #expect(response.naming(atLeast: pause).headers["Retry-After"] == expected)
    #expect(response.naming(atLeast: pause).headers.values(of: "Retry-After").count == 1)
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

  /// Without a pause, the server takes a request that follows the refusal before another client's that is sent later. A busy
  /// kernel can deliver the two in another order, so several attempts are made; with a pause, none would succeed.
  private static func expectNoPause(
    _ configuration: HTTPServerConfiguration, after target: String, with fields: String = ""
  ) async throws {
    for _ in 0..<20 {
      if try await isTakenAtOnce(configuration, target, fields) { return }
    }
    Issue.record("no request that followed the refusal was taken at once")
  }

  private static func isTakenAtOnce(
    _ configuration: HTTPServerConfiguration, _ target: String, _ fields: String
  ) async throws -> Bool {
    try await withServer(configuration, loops: 1, responder: RefusingResponder()) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("GET \(target) HTTP/1.1\r\nHost: t\r\n\(fields)\r\n")
        #expect(try client.readResponse().status == 503)
        try client.send("GET /other HTTP/1.1\r\nHost: t\r\n\r\n")
        let count = try TestClient(address).get("/count").body
        #expect(try client.readResponse().body == "/other")
        return count == "1"
      }
    }
  }
}

/// Refuses `/busy` with the time after which a client may come again, `/slow` later, and `/away` without that
/// time. `/count` has the number of the other requests before it.
private final class RefusingResponder: Responder {
  private let others = Atomic<Int>(0)

  func respond(to request: Request) async -> Response {
    switch request.target {
    case "/busy": return Problem.unavailable("The queue is full.", retryAfterSeconds: 1).response()
    case "/slow":
      // A cancelled sleep ends early; the answer then still comes with the time limit of the request.
      try? await Task.sleep(for: .milliseconds(700))
      return Problem.unavailable("The queue is full.", retryAfterSeconds: 1).response()
    case "/away": return Problem.unavailable("It is away.").response()
    case "/count": return .text("\(others.load(ordering: .relaxed))")
    default:
      others.add(1, ordering: .relaxed)
      return .text(request.target)
    }
  }
}

import EventLoop
import Glibc
import HTTP
import HTTPServer
import Routing
import ServerTestSupport
import Synchronization
import TestSupport
import Testing

/// The task of a request whose client is gone, or whose time has passed.
@Suite struct AbandonedRequestTests {
  private let request = "GET /work HTTP/1.1\r\nHost: test\r\n\r\n"

  @Test func `the task of a request is cancelled when its client has closed the connection`() async throws {
    let responder = LongWork()
    try await withServer(responder: responder) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(request)
        responder.waitUntilBegun()
      }
      try await eventually("the task is cancelled") { responder.cancelled == 1 }
      #expect(responder.abandoned == 1)
    }
  }

  @Test func `the task of a request is cancelled when its client has reset the connection`() async throws {
    let responder = LongWork()
    try await withServer(responder: responder) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(request)
        responder.waitUntilBegun()
        client.reset()
      }
      try await eventually("the task is cancelled") { responder.cancelled == 1 }
    }
  }

  @Test func `a client that has ended its sending side alone gets its response`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("GET /slow/1000 HTTP/1.1\r\nHost: test\r\n\r\n")
        client.finishWriting()
        // The server finds out whether the client still reads.
        #expect(try client.readResponse().status == 100)
        #expect(try client.readResponse().body == "/slow/1000")
        #expect(client.isAtEnd())
      }
    }
  }

  @Test func `a client of HTTP 1.0 gets no interim response`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("GET /slow/1000 HTTP/1.0\r\nHost: test\r\n\r\n")
        client.finishWriting()
        #expect(try client.readResponse().body == "/slow/1000")
      }
    }
  }

  @Test func `the task of a request is cancelled at its deadline, and its response arrives`() async throws {
    let responder = LongWork()
    let configuration = HTTPServerConfiguration.forTests(responseTimeoutSeconds: 1)
    try await withServer(configuration, responder: responder) { address, _ in
      try await blocking {
        let response = try TestClient(address).get("/work")
        #expect(response.body == "cancelled")
      }
      #expect(responder.abandoned == 0)
    }
  }
}

/// Works for a minute, unless its task is cancelled.
private final class LongWork: Responder {
  private let counts = Mutex((begun: 0, cancelled: 0, abandoned: 0))

  var cancelled: Int { counts.withLock { $0.cancelled } }

  /// How many were cancelled because their client had gone.
  var abandoned: Int { counts.withLock { $0.abandoned } }

  func waitUntilBegun() {
    while counts.withLock({ $0.begun }) == 0 { usleep(1_000) }
  }

  func respond(to request: Request) async -> Response {
    counts.withLock { $0.begun += 1 }
    await EventLoop.current?.sleep(milliseconds: 60_000)
    guard Task.isCancelled else { return .text("done") }
    counts.withLock {
      $0.abandoned += request.presence?.isGone == true ? 1 : 0
      $0.cancelled += 1
    }
    return .text("cancelled")
  }
}

import HTTP
import HTTPServer
import Routing
import ServerTestSupport
import Synchronization
import TestSupport
import Testing

@Suite("Refusal") struct RefusalTests {
  @Test(arguments: [
    ("NONSENSE\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n\r\n", 400),
    ("GET / HTTP/1.1\nHost: t\n\n", 400),
    ("GET / HTTP/3.0\r\nHost: t\r\n\r\n", 505),
    ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: x\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2000000\r\n\r\n", 413),
    ("GET /\(String(repeating: "x", count: 9_000)) HTTP/1.1\r\nHost: t\r\n\r\n", 414),
    ("GET / HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n", 431),
    ("\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}\u{00}\u{01}\u{FC}\r\n\r\n", 400),
  ])
  func `a malformed request gets a problem document, and the connection closes`(
    _ bytes: String, _ status: Int
  ) async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(bytes)
        let response = try client.readResponse()
        #expect(response.status == status)
        #expect(response["content-type"] == "application/problem+json")
        #expect(response["connection"] == "close")
        #expect(response["x-request-id"]?.isEmpty == false)
        #expect(response["date"] != nil && response["x-content-type-options"] == "nosniff")
        #expect(response["cache-control"] == "no-store")
        #expect(client.isAtEnd())
      }
    }
  }

  @Test(arguments: [
    ("NONSENSE\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHo", 408),
    ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2000000\r\n\r\n", 413),
    ("GET /\(String(repeating: "x", count: 9_000)) HTTP/1.1\r\nHost: t\r\n\r\n", 414),
    ("POST / HTTP/1.1\r\nHost: t\r\nExpect: nothing\r\n\r\n", 417),
    ("GET / HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n", 431),
    ("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ("GET / HTTP/3.0\r\nHost: t\r\n\r\n", 505),
  ])
  func `every answer of the server's own is reported once, with its request id and the client`(
    _ bytes: String, _ status: Int
  ) async throws {
    let observer = RefusalObserver()
    let configuration = HTTPServerConfiguration.forTests(headerTimeoutSeconds: 1)
    let responder = Router().build(observers: [observer])
    try await withServer(configuration, responder: responder) { address, _ in
      let id = try await blocking {
        let client = try TestClient(address)
        try client.send(bytes)
        let response = try client.readResponse()
        #expect(response.status == status)
        return response["x-request-id"]
      }
      #expect(observer.lines == ["- refused \(status) \(id ?? "none") 127.0.0.1"])
    }
  }

  @Test func `a client that is still sending can read why its request was refused`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3000000\r\n\r\n")
        try client.send([UInt8](repeating: 0x78, count: 3_000_000))
        #expect(try client.readResponse().status == 413)
      }
    }
  }

  @Test func `random bytes do not disturb the server`() async throws {
    try await withServer { address, server in
      try await blocking {
        var random = SplitMix64(seed: 42)
        let words = [
          "GET ", "/ ", "HTTP/1.1", "\r\n", "\r\n\r\n", "Host: t", "Content-Length: ", "5", "chunked", "\0",
        ]
        for _ in 0..<200 {
          let client = try TestClient(address)
          var bytes: [UInt8] = []
          for _ in 0..<Int.random(in: 1..<40, using: &random) {
            if Bool.random(using: &random) {
              bytes += Array((words.randomElement(using: &random) ?? "").utf8)
            } else {
              bytes.append(UInt8.random(in: 0...255, using: &random))
            }
          }
          // The server may already have refused the request and closed the connection.
          try? client.send(bytes)
        }
        #expect(try TestClient(address).get("/target").status == 200)
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }
}

/// Records the exchanges of a server.
private final class RefusalObserver: RequestObserver {
  private let recorded = Mutex<[String]>([])

  var lines: [String] { recorded.withLock { $0 } }

  func completed(_ exchange: borrowing Exchange) {
    let line = "\(exchange.method) \(exchange.route.template) \(exchange.status) \(exchange.requestID)"
    let client = exchange.client ?? "-"
    recorded.withLock { $0.append("\(line) \(client)") }
  }
}

import Glibc
import HTTP
import HTTPServer
import ServerTestSupport
import TestSupport
import Testing

@Suite("Time limits") struct TimeLimitTests {
  /// Requests that begin and do not end: in the head's first line, in a field, in a body of either framing.
  static let unfinished = [
    "GET /", "GET / HTTP/1.1\r\nHost: t\r\nX: ",
    "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\nhalf",
    "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nhalf",
  ]

  @Test(arguments: unfinished)
  func `a request that does not end gets 408`(_ beginning: String) async throws {
    let configuration = HTTPServerConfiguration.forTests(headerTimeoutSeconds: 1, bodyTimeoutSeconds: 1)
    try await withServer(configuration) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(beginning)
        #expect(try client.readResponse().status == 408)
        #expect(client.isAtEnd())
      }
    }
  }

  @Test(arguments: unfinished)
  func `a byte now and then does not extend the time of a request`(_ beginning: String) async throws {
    let configuration = HTTPServerConfiguration.forTests(headerTimeoutSeconds: 1, bodyTimeoutSeconds: 1)
    try await withServer(configuration) { address, _ in
      try await blocking {
        let client = try TestClient(address, timeoutMilliseconds: 100)
        try client.send(beginning)
        #expect(try client.responseWhileSending("x", atMost: 100)?.status == 408)
      }
    }
  }

  @Test func `the time limit of a body begins at the end of its head`() async throws {
    let configuration = HTTPServerConfiguration.forTests(headerTimeoutSeconds: 1, bodyTimeoutSeconds: 60)
    try await withServer(configuration) { address, _ in
      try await blocking {
        let client = try TestClient(address, timeoutMilliseconds: 1_500)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 8\r\n\r\nhalf")
        #expect(throws: TestClient.Failure.self) { try client.fill() }
        try client.send("rest")
        #expect(try client.readResponse().body == "halfrest")
      }
    }
  }

  @Test func `an idle connection is closed without a response after its time limit`() async throws {
    try await withServer(HTTPServerConfiguration.forTests(idleTimeoutSeconds: 1)) { address, server in
      try await blocking {
        let silent = try TestClient(address)
        let idle = try TestClient(address)
        #expect(try idle.get("/target").status == 200)
        #expect(silent.isAtEnd())
        #expect(idle.isAtEnd())
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `a request in progress has no time limit`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      idleTimeoutSeconds: 1, headerTimeoutSeconds: 1, bodyTimeoutSeconds: 1, writeTimeoutSeconds: 1)
    try await withServer(configuration) { address, _ in
      let status = try await blocking { try TestClient(address).get("/slow/1500").status }
      #expect(status == 200)
    }
  }

  @Test func `a client that reads nothing of its response is disconnected`() async throws {
    try await withServer(HTTPServerConfiguration.forTests(writeTimeoutSeconds: 1)) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(4_096))
        try client.send("GET /large/20000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readHead().hasPrefix("HTTP/1.1 200"))
        #expect(waitUntil { server.connectionCount == 0 })
      }
    }
  }

  @Test func `a client that reads slowly but steadily gets the whole response`() async throws {
    try await withServer(HTTPServerConfiguration.forTests(writeTimeoutSeconds: 1)) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(16_384))
        try client.send("GET /large/3000000 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        for _ in 0..<30 {
          try client.fill(atMost: 10_000)
          usleep(50_000)
        }
        #expect(try client.readToEnd().utf8.count > 3_000_000)
      }
    }
  }

  @Test func `the server reads a bounded amount from a client whose request is still running`() async throws {
    let gate = Gate()
    try await withServer(loops: 1, responder: gate) { address, server in
      try await blocking {
        let client = try TestClient(address, timeoutMilliseconds: 300)
        try client.set(.sendBufferBytes(4_096))
        let request = "GET /held HTTP/1.1\r\nHost: t\r\n\r\n"
        // Far more than the kernel's buffers hold: the server stops reading.
        #expect(throws: TestClient.Failure.self) {
          for _ in 0..<20_000 { try client.send(String(repeating: request, count: 100)) }
        }
      }
      gate.open()
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `the server stops reading from a client that sends without reading`() async throws {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address, timeoutMilliseconds: 300)
        try client.set(.receiveBufferBytes(4_096))
        try client.set(.sendBufferBytes(4_096))
        let request = "GET /large/100000 HTTP/1.1\r\nHost: t\r\n\r\n"
        // Far more than the kernel's buffers hold, so the client notices that the server stops reading.
        #expect(throws: TestClient.Failure.self) {
          for _ in 0..<20_000 { try client.send(String(repeating: request, count: 100)) }
        }
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }
}

import Glibc
import HTTP
import HTTPServer
import TestSupport
import Testing

@Suite("Patience and its end") struct PatienceTests {
  /// Requests that have begun and do not end: in the head's first line, in a field, in a body of either framing.
  static let unfinished = [
    "GET /", "GET / HTTP/1.1\r\nHost: t\r\nX: ",
    "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\nhalf",
    "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nhalf",
  ]

  @Test(arguments: unfinished)
  func `a request that does not end is answered 408`(_ beginning: String) async throws {
    let configuration = HTTPServerConfiguration(headerTimeoutSeconds: 1, bodyTimeoutSeconds: 1)
    try await withServer(configuration) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(beginning)
        #expect(try client.readAnswer().status == 408)
        #expect(client.isAtEnd())
      }
    }
  }

  @Test(arguments: unfinished)
  func `a byte now and then buys a request no time`(_ beginning: String) async throws {
    let configuration = HTTPServerConfiguration(headerTimeoutSeconds: 1, bodyTimeoutSeconds: 1)
    try await withServer(configuration) { address, _ in
      try await blocking {
        let client = try TestClient(address, patienceMilliseconds: 100)
        try client.send(beginning)
        #expect(try client.answerWhileSending("x", atMost: 100)?.status == 408)
      }
    }
  }

  @Test func `the time of a body begins with the end of its head`() async throws {
    let configuration = HTTPServerConfiguration(headerTimeoutSeconds: 1, bodyTimeoutSeconds: 60)
    try await withServer(configuration) { address, _ in
      try await blocking {
        let client = try TestClient(address, patienceMilliseconds: 1_500)
        try client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 8\r\n\r\nhalf")
        #expect(throws: TestClient.Failure.self) { try client.fill() }
        try client.send("rest")
        #expect(try client.readAnswer().body == "halfrest")
      }
    }
  }

  @Test func `a connection that rests too long is closed without a word`() async throws {
    try await withServer(HTTPServerConfiguration(idleTimeoutSeconds: 1)) { address, server in
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

  @Test func `a request that is being answered has all the time it needs`() async throws {
    let configuration = HTTPServerConfiguration(
      idleTimeoutSeconds: 1, headerTimeoutSeconds: 1, bodyTimeoutSeconds: 1, writeTimeoutSeconds: 1)
    try await withServer(configuration) { address, _ in
      let status = try await blocking { try TestClient(address).get("/slow/1500").status }
      #expect(status == 200)
    }
  }

  @Test func `a client that takes nothing of its answer is cut off`() async throws {
    try await withServer(HTTPServerConfiguration(writeTimeoutSeconds: 1)) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(4_096))
        try client.send("GET /large/20000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(try client.readHead().hasPrefix("HTTP/1.1 200"))
        for _ in 0..<1_000 where server.connectionCount > 0 { usleep(5_000) }
        #expect(server.connectionCount == 0)
      }
    }
  }

  @Test func `a client that reads slowly but steadily gets everything`() async throws {
    try await withServer(HTTPServerConfiguration(writeTimeoutSeconds: 1)) { address, _ in
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

  @Test func `a client that sends while its request is answered is read so far and no further`() async throws
  {
    let gate = Gate()
    try await withServer(loops: 1, responder: gate) { address, server in
      try await blocking {
        let client = try TestClient(address, patienceMilliseconds: 300)
        try client.set(.sendBufferBytes(4_096))
        let request = "GET /held HTTP/1.1\r\nHost: t\r\n\r\n"
        // Far more than what the kernel's buffers hold: the server stops taking it.
        #expect(throws: TestClient.Failure.self) {
          for _ in 0..<20_000 { try client.send(String(repeating: request, count: 100)) }
        }
      }
      gate.open()
      #expect(await eventually { server.connectionCount == 0 })
    }
  }

  @Test func `a client that sends and does not read is not read either`() async throws {
    try await withServer { address, server in
      try await blocking {
        let client = try TestClient(address, patienceMilliseconds: 300)
        try client.set(.receiveBufferBytes(4_096))
        try client.set(.sendBufferBytes(4_096))
        let request = "GET /large/100000 HTTP/1.1\r\nHost: t\r\n\r\n"
        // Far more than what the kernel's buffers hold: the server stops taking it.
        #expect(throws: TestClient.Failure.self) {
          for _ in 0..<20_000 { try client.send(String(repeating: request, count: 100)) }
        }
      }
      #expect(await eventually { server.connectionCount == 0 })
    }
  }
}

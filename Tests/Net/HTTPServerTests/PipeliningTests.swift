import Glibc
import HTTP
import HTTPServer
import Routing
import Synchronization
import Testing

@Suite("Pipelining") struct PipeliningTests {
  @Test func `fifty requests in one write get their responses in order, slow and fast alike`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        let targets = (0..<50).map { $0 % 3 == 1 ? "/slow/\($0 % 7)" : "/target/\($0)" }
        try client.send(targets.map(request).joined())
        for target in targets { #expect(try client.readResponse().body == target) }
      }
    }
  }

  @Test func `requests that arrive during another request wait for its response`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(request("/slow/50"))
        for number in 0..<20 { try client.send(request("/target/\(number)")) }
        #expect(try client.readResponse().body == "/slow/50")
        for number in 0..<20 { #expect(try client.readResponse().body == "/target/\(number)") }
      }
    }
  }

  @Test func `a client that has finished writing still gets every response`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        let targets = (0..<10).map { $0 % 2 == 0 ? "/slow/2" : "/target/\($0)" }
        try client.send(targets.map(request).joined())
        client.finishWriting()
        for target in targets { #expect(try client.readResponse().body == target) }
        #expect(client.isAtEnd())
      }
    }
  }

  @Test func `many responses larger than the socket buffers arrive complete`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(String(repeating: request("/large/400000"), count: 40))
        for _ in 0..<40 { #expect(try client.readResponse().body.utf8.count == 400_000) }
        #expect(try client.get("/target").status == 200)
      }
    }
  }

  @Test func `requests behind a response that the client does not read are not started`() async throws {
    let responder = LargeAnswers()
    let count = 64
    try await withServer(loops: 1, responder: responder) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(String(repeating: request("/"), count: count))
        while responder.begunCount == 0 { usleep(500) }
        // The loop has no work left for the first client once it answers another.
        #expect(try TestClient(address).get("/").status == 200)
        #expect(responder.begunCount < count / 2)
        // Once the client reads, the server handles the others.
        while responder.begunCount <= count, try client.fill() {}
        #expect(responder.begunCount == count + 1)
      }
    }
  }

  @Test func `requests after one with Connection close get no response`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(
          "GET /target/1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" + request("/target/2"))
        let text = try client.readToEnd()
        #expect(text.hasSuffix("/target/1"))
      }
    }
  }

  @Test func `a malformed request in a pipeline gets the last response`() async throws {
    try await withServer { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(request("/slow/5") + request("/target") + "NOT HTTP\r\n\r\n" + request("/target/no"))
        #expect(try client.readResponse().body == "/slow/5")
        #expect(try client.readResponse().body == "/target")
        #expect(try client.readResponse().status == 400)
        #expect(client.isAtEnd())
      }
    }
  }
}

/// Answers every request with a megabyte and counts the requests. The sockets' buffers hold only a few such answers.
private final class LargeAnswers: Responder {
  private static let bytes = 1_000_000

  private let begun = Atomic(0)

  var begunCount: Int { begun.load(ordering: .relaxed) }

  func respond(to request: Request) async -> Response {
    begun.wrappingAdd(1, ordering: .relaxed)
    return Response(status: .ok, body: [UInt8](repeating: 0x78, count: Self.bytes))
  }
}

private func request(_ target: String) -> String {
  "GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n"
}

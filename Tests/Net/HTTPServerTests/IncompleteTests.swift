import Glibc
import HTTP
import HTTPServer
import Routing
import ServerTestSupport
import TestSupport
import Testing
import Transport

/// The memory of requests that have not arrived whole.
@Suite("Incomplete requests") struct IncompleteTests {
  /// A request that is refused with any body, and its refusal.
  struct Refused: Sendable, CustomTestStringConvertible {
    let line: String
    var fields = ""
    let status: Int

    var testDescription: String { "\(line) \(status)" }

    static let all = [
      Refused(line: "POST /nowhere", status: 404), Refused(line: "DELETE /small", status: 405),
      Refused(line: "POST /small", status: 413),
      Refused(line: "POST /any", fields: "Content-Encoding: gzip\r\n", status: 415),
    ]
  }

  private static let length = 900_000
  /// More than a head and one read, and far less than a body.
  private static let little = 150_000

  private static func responder() -> RouterResponder {
    var router = Router()
    router.post(
      "/small", summary: "", access: .anyone, body: .object([.init("name", .text(1...8))]),
      answer: Answer(.noContent)
    ) { _, _ in .noContent() }
    router.post("/any", summary: "", access: .anyone, answer: Answer(.noContent)) { _, _ in .noContent() }
    router.get("/", summary: "", access: .anyone, answer: Answer(.noContent)) { _, _ in .noContent() }
    return router.build()
  }

  private static func head(_ line: String, _ fields: String) -> String {
    "\(line) HTTP/1.1\r\nHost: t\r\n\(fields)\r\n"
  }

  @Test(arguments: Refused.all)
  func `a body whose request is refused in any case is not stored, and the connection stays`(
    _ refused: Refused
  ) async throws {
    try await withServer(loops: 1, responder: Self.responder()) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.send(Self.head(refused.line, "Content-Length: \(Self.length)\r\n\(refused.fields)"))
        #expect(waitUntil { server.load.incompleteBytes > 0 })
        try Self.sendBody(on: client, watching: server)
        #expect(try client.readResponse().status == refused.status)
        #expect(try client.get("/").status == 204)
      }
    }
  }

  @Test(arguments: Refused.all.dropLast())
  func `a chunked body whose request is refused in any case is not stored`(_ refused: Refused) async throws {
    try await withServer(loops: 1, responder: Self.responder()) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.send(Self.head(refused.line, "Transfer-Encoding: chunked\r\n"))
        #expect(waitUntil { server.load.incompleteBytes > 0 })
        try client.send("\(String(Self.length, radix: 16))\r\n")
        try Self.sendBody(on: client, watching: server)
        try client.send("\r\n0\r\n\r\n")
        #expect(try client.readResponse().status == refused.status)
        #expect(try client.get("/").status == 204)
      }
    }
  }

  @Test(arguments: Refused.all)
  func `a client that asks before it sends a body gets the refusal instead of 100 Continue`(
    _ refused: Refused
  ) async throws {
    try await withServer(loops: 1, responder: Self.responder()) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        let fields = "Content-Length: \(Self.length)\r\nExpect: 100-continue\r\n\(refused.fields)"
        try client.send(Self.head(refused.line, fields))
        let response = try client.readResponse()
        #expect(response.status == refused.status && response["connection"] == "close")
        #expect(client.isAtEnd())
      }
    }
  }

  @Test func `a body that its route takes is invited and stored`() async throws {
    try await withServer(loops: 1, responder: Self.responder()) { address, server in
      try await blocking {
        let client = try TestClient(address)
        let fields = "Content-Length: 12\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        try client.send(Self.head("POST /small", fields))
        #expect(try client.readHead().contains(" 100 "))
        try client.send(#"{"name":"a"}"#)
        #expect(try client.readResponse().status == 204)
      }
    }
  }

  @Test func `the body of a request that is refused for lack of time is not stored`() async throws {
    let gate = Gate()
    try await withServer(
      HTTPServerConfiguration.forTests(maximumRequestsPerLoop: 1), loops: 1, responder: gate
    ) {
      address, server in
      try await blocking {
        let (first, second) = (try TestClient(address), try TestClient(address))
        try first.send("GET /held HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { gate.waitingCount == 1 })
        try second.send(Self.head("POST /held", "Content-Length: \(Self.length)\r\n"))
        #expect(waitUntil { server.load.incompleteBytes > 0 })
        try Self.sendBody(on: second, watching: server)
        #expect(try second.readResponse().status == 503)
        gate.open()
        #expect(try first.readResponse().status == 200)
      }
    }
  }

  @Test func `beyond the loop's bytes the oldest large bodies get 503, and a small or new one is served`()
    async throws
  {
    let limit = 1 << 20
    let configuration = HTTPServerConfiguration.forTests(maximumIncompleteBytesPerLoop: limit)
    try await withServer(configuration, loops: 1) { address, server in
      try await blocking {
        let small = try TestClient(address)
        try small.send(Self.head("POST /echo", "Content-Length: 2\r\n") + "h")
        let large = try (0..<8).map { _ in
          let client = try TestClient(address)
          try client.send(Self.head("POST /echo", "Content-Length: 300001\r\n"))
          try client.send([UInt8](repeating: 0x78, count: 300_000))
          let before = server.load.incompleteBytes
          #expect(
            waitUntil { server.load.incompleteBytes != before || server.load.incompleteBytes > 500_000 })
          #expect(server.load.incompleteBytes <= limit)
          return client
        }
        for client in [large[7], small] {
          try client.send("i")
          #expect(try client.readResponse().status == 200)
        }
        let response = try large[0].readResponse()
        #expect(response.status == 503 && response["retry-after"] == "1" && response["connection"] == "close")
        #expect(server.connectionCounts.overIncompleteLimit >= 4)
        #expect(server.takeBusiestAddresses().incomplete.map(\.source.description) == ["127.0.0.1"])
      }
      #expect(await eventually { server.load.incompleteBytes == 0 })
    }
  }

  @Test func `requests that wait behind others count, and beyond the loop's bytes they are dropped`()
    async throws
  {
    let gate = Gate()
    let limit = 100_000
    let configuration = HTTPServerConfiguration.forTests(maximumIncompleteBytesPerLoop: limit)
    try await withServer(configuration, loops: 1, responder: gate) { address, server in
      try await blocking {
        let one = "GET /held HTTP/1.1\r\nHost: t\r\n\r\n"
        let clients = try (0..<8).map { count in
          let client = try TestClient(address)
          try client.send(String(repeating: one, count: 1_000))
          #expect(waitUntil { gate.waitingCount == count + 1 })
          return client
        }
        #expect(waitUntil { server.connectionCounts.overIncompleteLimit >= 4 })
        usleep(200_000)
        #expect(server.load.incompleteBytes <= limit)
        gate.open()
        let response = try clients[0].readResponse()
        #expect(response.status == 200 && response["connection"] == "close")
        #expect(clients[0].isAtEnd())
        for _ in 0..<1_000 { #expect(try clients[7].readResponse().status == 200) }
      }
    }
  }

  /// Sends a body in pieces, while no more than a part of it is in memory.
  private static func sendBody(on client: TestClient, watching server: HTTPServer) throws {
    for _ in 0..<8 {
      try client.send([UInt8](repeating: 0x78, count: length / 9))
      usleep(120_000)
      #expect(server.load.incompleteBytes < little)
    }
    try client.send([UInt8](repeating: 0x78, count: length - length / 9 * 8))
  }
}

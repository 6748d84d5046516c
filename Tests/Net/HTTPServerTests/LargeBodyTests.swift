import EventLoop
import HTTP
import HTTPServer
import Routing
import Testing

/// Where bodies are decoded: a large one off the loop, which serves others meanwhile.
@Suite("Large bodies") struct LargeBodyTests {
  /// The loop on which a value was decoded.
  private struct Place: Decodable, Sendable {
    let loop: String

    init(from decoder: any Decoder) { loop = LargeBodyTests.place }
  }

  private static var place: String { EventLoop.current?.name ?? "elsewhere" }

  private static func responder() -> RouterResponder {
    var router = Router()
    router.post("/place", summary: "", access: .anyone) { request, _ in
      let decoded = try await request.decode(Place.self)
      return try .json([decoded.loop, place])
    }
    router.post(
      "/name", summary: "", access: .anyone, body: .object([.init("name", .string)]),
      answer: Answer(.noContent)
    ) { _, _ in .noContent() }
    return router.build()
  }

  @Test(arguments: [(0, "loop-0"), (1, "elsewhere")])
  func `a body above the limit is decoded off the loop, and its handler goes on there`(
    _ more: Int, _ expected: String
  ) async throws {
    let text = String(repeating: "x", count: BodyDecoding.bytesOnLoop - 2 + more)
    let answer = try await Self.post("/place", "\"\(text)\"")
    #expect(answer.status == 200)
    #expect(answer.body == "[\"\(expected)\",\"loop-0\"]")
  }

  @Test func `a large body is held to its route's description`() async throws {
    let long = String(repeating: "x", count: BodyDecoding.bytesOnLoop)
    #expect(try await Self.post("/name", #"{"name":"\#(long)"}"#).status == 204)
    let refused = try await Self.post("/name", #"{"name":"\#(long)","other":1}"#)
    #expect(refused.status == 422 && refused.body.contains(#""other""#))
    #expect(try await Self.post("/name", #"{"name":"\#(long)"#).status == 400)
  }

  private static func post(_ target: String, _ body: String) async throws -> ReceivedResponse {
    try await withServer(loops: 1, responder: responder()) { address, _ in
      try await blocking {
        let client = try TestClient(address)
        try client.send(
          "POST \(target) HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
        return try client.readResponse()
      }
    }
  }
}

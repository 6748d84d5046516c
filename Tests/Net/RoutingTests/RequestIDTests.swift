import HTTP
import Routing
import Testing

@Suite struct RequestIDTests {
  private let responder = makeResponder { router in
    router.get("/", summary: "", access: .anyone) { _, context in .text(context.requestID) }
  }

  @Test(arguments: ["a", "0af7651916cd43dd-8448eb211c80319c", "A.b_c-9", String(repeating: "x", count: 128)])
  func `a valid id from the client comes back, and the handler has the service's own`(id: String) async throws
  {
    let response = try await responder.answer(.get, "/", headers: ["x-request-id": id])
    #expect(response.text == "made")
    #expect(response.requestID == id)
  }

  @Test(arguments: ["", "a b", "a\"b", "é", "a/b", "<script>", String(repeating: "x", count: 129)])
  func `an invalid id from the client is replaced`(id: String) async throws {
    let response = try await responder.answer(.get, "/", headers: ["X-Request-Id": id])
    #expect(response.requestID == "made")
  }

  @Test func `requests with the same id of a client differ in the service's own`() async throws {
    var router = Router()
    router.get("/", summary: "", access: .anyone) { _, context in .text(context.requestID) }
    let responder = router.build()
    let first = try await responder.answer(.get, "/", headers: ["X-Request-Id": "same"])
    let second = try await responder.answer(.get, "/", headers: ["X-Request-Id": "same"])
    #expect(first.requestID == "same" && second.requestID == "same")
    #expect(first.text != second.text && first.text != "same" && second.text != "same")
  }

  @Test func `every response carries the id, including errors`() async throws {
    for (method, target) in [
      (Method.get, "/"), (.get, "/none"), (.post, "/"), (.options, "/"), (.options, "*"),
    ] {
      #expect(try await responder.answer(method, target).requestID == "made")
    }
  }

  @Test func `generated ids are unique, short and valid`() async throws {
    let generator = RequestIDGenerator(seed: 42)
    let ids = (0..<1000).map { _ in generator.next() }
    #expect(Set(ids).count == 1000)
    #expect(ids.allSatisfy { $0.utf8.count == 15 })
    #expect(RequestIDGenerator(seed: 43).next() != RequestIDGenerator(seed: 42).next())
    #expect(try await responder.answer(.get, "/", headers: ["X-Request-Id": ids[0]]).requestID == ids[0])
  }
}

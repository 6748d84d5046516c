import HTTP
import JSON
import Routing
import TestSupport
import Testing

/// A client's text costs no more than its length, of any characters: Swift's own comparison of strings costs the square of a
/// run of combining marks.
@Suite("Texts of many combining marks") struct LongMarksTests {
  private static let shape = DataShape.object([
    .init("email", .text(0...1_024)), .init("role", .choice(["member", "operator"]), isRequired: false),
    .init("place", .string, isRequired: false),
  ])

  private func begin(_ method: Method, _ target: String, _ headers: Headers, body: String = "") throws {
    let responder = CrossOriginResponder(
      makeResponder { router in
        router.get("/a", summary: "", access: .anyone, query: [QueryParameter("limit", .integer)]) { _, _ in
          .text("")
        }
        router.post("/a", summary: "", access: .anyone, body: Self.shape) { request, _ async in
          .text(request.path)
        }
      }, CrossOriginPolicy(origins: ["https://app.example.org"]))
    _ = responder.begin(try Request(method, target, headers: headers, body: Array(body.utf8)))
  }

  @Test(arguments: ["", "a,", "\"a\",", "W/\"", ","])
  func `a list of entity tags takes time in proportion to its length`(_ item: String) throws {
    let isLinear = try Growth.isLinear { size in
      let list = String(repeating: item, count: size / 2) + Growth.marks(size)
      let condition = Precondition(try Request(.get, "/", headers: ["If-None-Match": list]))
      #expect(!condition.isKnown("\"1\""))
    }
    #expect(isLinear)
  }

  @Test(arguments: ["Origin", "Content-Encoding", "Content-Type", "X-Request-Id", "traceparent"])
  func `a field takes time in proportion to its length`(_ name: String) throws {
    let isLinear = try Growth.isLinear { size in
      let headers = Headers([(name, "a" + Growth.marks(size))])
      try begin(.get, "/a", headers)
      try begin(.post, "/a", headers, body: "{}")
    }
    #expect(isLinear)
  }

  @Test func `the names of a query take time in proportion to their length`() throws {
    let isLinear = try Growth.isLinear { size in
      let name = PercentEncoding.encode(Growth.marks(size))
      try begin(.get, "/a?\(name)=1", [:])
    }
    #expect(isLinear)
  }

  @Test func `names and values of a body take time in proportion to their length`() throws {
    let isLinear = Growth.isLinear { size in
      let marks = Growth.marks(size)
      let value: JSONValue = .object([.init(marks, 1), .init("role", .string(marks))])
      #expect(Self.shape.errors(in: value).count == 3)
      #expect(value["email"] == nil)
    }
    #expect(isLinear)
  }

  @Test func `the members of two values are compared in time in proportion to their length`() {
    let isLinear = Growth.isLinear { size in
      let (left, right) = (Growth.marks(size), Growth.marks(size) + "a")
      #expect(JSONValue.Member(left, 1) != JSONValue.Member(right, 1))
    }
    #expect(isLinear)
  }

  @Test func `names that Unicode takes for one are two names`() {
    let value: JSONValue = .object([.init("caf\u{E9}", 1), .init("cafe\u{301}", 2)])
    #expect(value["cafe\u{301}"] == 2)
    #expect(value["caf\u{E9}"] == 1)
  }

  @Test func `a media type has sixteen parameters at most`() {
    let parameters = (1...17).map { ";p\($0)=1" }
    #expect(MediaType("application/json" + parameters.dropLast().joined())?.parameters.count == 16)
    #expect(MediaType("application/json" + parameters.joined()) == nil)
  }
}

import HTTP
import Routing
import Testing

@Suite struct CrossOriginTests {
  private static let page = "https://app.example.org"
  private let responder = CrossOriginResponder(
    makeResponder { router in
      router.get("/v1/users", summary: "Lists", access: .signedIn) { _, _ in .text("users") }
      router.post("/v1/users", summary: "Signs up", access: .anyone) { _, _ async in
        await Task.yield()
        return Response(status: .created)
      }
    }, CrossOriginPolicy(origins: [page, "http://localhost:3000"]))

  private func answer(_ method: Method, _ headers: Headers) async throws -> Headers {
    try await responder.answer(method, "/v1/users", headers: headers).headers
  }

  @Test(arguments: [Method.get, .post])
  func `a page of a listed origin may read a response, also a refusal`(_ method: Method) async throws {
    let headers = try await answer(method, ["Origin": Self.page])
    #expect(headers["Access-Control-Allow-Origin"] == Self.page)
    #expect(headers["Access-Control-Expose-Headers"]?.contains("ETag") == true)
    #expect(headers["Access-Control-Allow-Credentials"] == nil)
    #expect(headers["Vary"] == "Origin")
  }

  @Test func `a preflight request needs no token and learns the methods of the path`() async throws {
    let preflight: Headers = ["Origin": Self.page, "Access-Control-Request-Method": "POST"]
    let response = try await responder.answer(.options, "/v1/users", headers: preflight)
    #expect(response.status == .noContent)
    #expect(response.headers["Access-Control-Allow-Origin"] == Self.page)
    #expect(response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS, POST")
    #expect(response.headers["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
    #expect(response.headers["Access-Control-Max-Age"] == "600")
  }

  @Test func `a preflight request for an unknown path permits no method`() async throws {
    let preflight: Headers = ["Origin": Self.page, "Access-Control-Request-Method": "POST"]
    let response = try await responder.answer(.options, "/none", headers: preflight)
    #expect(response.status == .notFound && response.headers["Access-Control-Allow-Methods"] == nil)
  }

  @Test(arguments: [
    "https://app.example.org.evil.example", "https://app.example.org:8443", "http://app.example.org", "null",
    "*",
    "HTTPS://APP.EXAMPLE.ORG", "",
  ])
  func `a page of another origin may read nothing`(_ origin: String) async throws {
    let preflight = "Access-Control-Request-Method"
    for headers: Headers in [["Origin": origin], ["Origin": origin, preflight: "GET"]] {
      for method in [Method.get, .options] {
        let fields = try await answer(method, headers)
        #expect(!fields.contains { $0.name.hasPrefix("Access-Control") })
        #expect(fields["Vary"] == "Origin")
      }
    }
  }

  @Test func `a request without an origin gets no permission, and caches learn that the field matters`()
    async throws
  {
    let fields = try await answer(.get, [:])
    #expect(fields["Access-Control-Allow-Origin"] == nil && fields["Vary"] == "Origin")
  }
}

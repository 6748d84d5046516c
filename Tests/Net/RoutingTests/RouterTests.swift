import HTTP
import Routing
import Testing

@Suite struct RouterTests {
  private let responder = makeResponder { router in
    for template in ["/", "/v1/users", "/v1/users/{id}", "/v1/users/current", "/v1/users/current/keys/{key}"]
    {
      router.get(template, summary: "", access: .anyone, traits: .anyQuery) { _, context in
        let values = ["id", "key"].compactMap { name in context.parameters[name].map { "\(name)=\($0)" } }
        return .text(([context.template] + values).joined(separator: " "))
      }
    }
    router.get("/v1/users/{user}/posts", summary: "", access: .anyone) { _, context in
      .text("posts of \(context.parameters["user"] ?? "")")
    }
    router.delete("/v1/users/{id}", summary: "", access: .anyone) { _, _ in .noContent() }
    router.post("/v1/users", summary: "", access: .anyone) { request, _ in
      Response(status: .created, body: request.body)
    }
  }

  @Test(arguments: [
    ("/", "/"), ("/?a=b", "/"), ("/v1/users", "/v1/users"), ("/v1/users/42", "/v1/users/{id} id=42"),
    ("/v1/users/current", "/v1/users/current"), ("/v1/users/currently", "/v1/users/{id} id=currently"),
    ("/v1/users/a%20b%2Fc", "/v1/users/{id} id=a b/c"), ("/v1/users/%C3%A9", "/v1/users/{id} id=é"),
    ("/v1/%75sers", "/v1/users"), ("/v1/users/%63urrent", "/v1/users/current"),
    ("/v1/users/current/keys/k", "/v1/users/current/keys/{key} key=k"),
    ("/v1/users/current/posts", "posts of current"), ("http://host/v1/users", "/v1/users"),
    ("http://host", "/"),
  ])
  func `a path matches its route`(target: String, expected: String) async throws {
    let response = try await responder.answer(.get, target)
    #expect(response.status == .ok)
    #expect(response.text == expected)
  }

  @Test(arguments: [
    "/v1", "/v1/", "/v1/users/", "/v1//users", "//", "/v1/users/1/", "/v1/users//posts", "/V1/users",
    "/v1/users/1/posts/2", "/v1/users/1/..",
  ])
  func `a path without a route gets 404, and a trailing slash makes a different path`(target: String)
    async throws
  {
    #expect(try await responder.answer(.get, target).status == .notFound)
  }

  @Test func `a placeholder that is not UTF-8 gets 400`() async throws {
    #expect(try await responder.answer(.get, "/v1/users/%FF").status == .badRequest)
  }

  @Test func `an unsupported method gets 405 with the supported methods`() async throws {
    let response = try await responder.answer(.put, "/v1/users/1")
    #expect(response.status == .methodNotAllowed)
    #expect(response.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS")
    #expect(
      try await responder.answer(Method(rawValue: "BREW"), "/v1/users").headers["Allow"]
        == "GET, HEAD, OPTIONS, POST")
  }

  @Test func `HEAD uses the route of GET`() async throws {
    let response = try await responder.answer(.head, "/v1/users/42")
    #expect(response.status == .ok)
    #expect(response.text == "/v1/users/{id} id=42")
  }

  @Test func `OPTIONS lists the methods of a path, and also accepts the asterisk`() async throws {
    let response = try await responder.answer(.options, "/v1/users")
    #expect(response.status == .noContent)
    #expect(response.headers["Allow"] == "GET, HEAD, OPTIONS, POST")
    #expect(try await responder.answer(.options, "*").status == .noContent)
    #expect(try await responder.answer(.options, "/nowhere").status == .notFound)
  }

  @Test func `a placeholder value that is not an id gets 404`() async throws {
    let ids = makeResponder { router in
      router.get("/{id}", summary: "", access: .anyone) { _, context in
        .text(String(try context.parameters.integer("id")))
      }
    }
    #expect(try await ids.answer(.get, "/9223372036854775807").text == "9223372036854775807")
    for path in ["/-1", "/+1", "/01", "/1.0", "/9223372036854775808", "/x", "/%31x"] {
      #expect(try await ids.answer(.get, path).status == .notFound, "\(path)")
    }
  }

  @Test func `a malformed template or a duplicate route stops the process`() async {
    await #expect(processExitsWith: .failure) {
      var router = Router()
      router.get("no/slash", summary: "", access: .anyone) { _, _ in .noContent() }
    }
    await #expect(processExitsWith: .failure) {
      var router = Router()
      router.get("/a/{x}", summary: "", access: .anyone) { _, _ in .noContent() }
      router.get("/a/{y}", summary: "", access: .anyone) { _, _ in .noContent() }
    }
  }
}

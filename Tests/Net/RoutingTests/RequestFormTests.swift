import HTTP
import JSON
import Routing
import Testing

/// Requests are held to the declared shapes before a handler sees them.
@Suite struct RequestFormTests {
  private static let body = DataShape.object([
    .init("email", .text(1...10)), .init("age", .integer, isRequired: false),
  ])

  private let responder = makeResponder { router in
    router.post("/people", summary: "", access: .anyone, body: body) { _, _ in .noContent() }
    router.post("/secret", summary: "", access: .signedIn, body: body) { _, _ in .noContent() }
    router.post("/signed", summary: "", access: .anyone, body: body, traits: .signedBody) { _, _ in
      throw Problem.unauthorized()
    }
    router.get("/list", summary: "", access: .anyone, query: [.init("limit"), .init("type")]) { _, _ in
      .noContent()
    }
    router.get("/plain", summary: "", access: .anyone) { _, _ in .noContent() }
  }

  private func post(_ path: String, _ body: String, type: String = "application/json") async throws
    -> Response
  {
    try await responder.answer(.post, path, headers: ["Content-Type": type], body: body)
  }

  @Test func `wrong, missing and unknown fields get one 422 that names all of them`() async throws {
    let response = try await post("/people", #"{"age":"x","phone":1}"#)
    #expect(response.status == .unprocessableContent)
    let problem = try response.json
    #expect(problem["code"] == "invalid_fields" && problem["field"] == "email")
    #expect(problem["type"] == "/docs#problem-invalid_fields")
    let errors = try #require(problem["errors"]?.array)
    #expect(errors.map { $0["field"]?.string } == ["email", "age", "phone"])
    #expect(errors[2]["detail"]?.string == "is unknown here: the fields are email, age")
    #expect(problem["detail"]?.string == "3 fields are not valid: email, age, phone")
  }

  @Test(arguments: [
    (#"{"email":"a"}"#, 204), (#"{"email":"a","age":1}"#, 204), (#"{"email":""}"#, 422), ("[]", 422),
    ("{", 400), (#"{"email":"a","email":"b"}"#, 400), ("", 204),
  ])
  func `a body of the shape passes, and any other does not`(body: String, status: Int) async throws {
    #expect(try await post("/people", body).status.code == status)
  }

  @Test func `access is checked before the form, and a signed body by its handler alone`() async throws {
    #expect(try await post("/secret", "{").status == .unauthorized)
    #expect(try await post("/signed", "{").status == .unauthorized)
    #expect(try await post("/people", "{}", type: "text/plain").status == .unsupportedMediaType)
  }

  @Test(arguments: [
    ("/list", nil), ("/list?limit=1&type=x", nil), ("/list?limti=1", "limti"),
    ("/list?limit=1&limit=2", "limit"),
    ("/plain?anything=1", nil),
  ])
  func `an unknown or repeated parameter is refused by name where a route has parameters`(
    path: String, field: String?
  ) async throws {
    let response = try await responder.answer(.get, path)
    #expect(response.status.code == (field == nil ? 204 : 400))
    if let field { #expect(try response.json["errors"]?[0]?["field"]?.string == field) }
  }
}

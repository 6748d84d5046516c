import HTTP
import JSON
import Routing
import Testing

/// Requests are held to the declared shapes before a handler sees them.
@Suite struct RequestFormTests {
  private static let body = DataShape.object([
    .init("email", .text(1...10)), .init("age", .integer, isRequired: false),
  ])

  /// Without a bound, so that the form alone limits the errors.
  private static let documents = DataShape.object([
    .init("any", .anything, isRequired: false), .init("list", .list(.text(1...2)), isRequired: false),
    .init("few", .items(.text(1...2), count: 1...2), isRequired: false),
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
    router.get("/scraped", summary: "", access: .anyone, traits: .anyQuery) { _, _ in .noContent() }
    router.post("/documents", summary: "", access: .anyone, body: Self.documents) { _, _ in .noContent() }
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

  @Test(arguments: [
    #"{"list":[\#(String(repeating: "1,", count: 100_000))1]}"#,
    #"{"few":[\#(String(repeating: "1,", count: 100_000))1]}"#,
    "{" + (0..<50_000).map { #""unknown\#($0)":1,"# }.joined() + #""last":1}"#,
    #"{"\#(String(repeating: "long", count: 100_000))":1}"#,
  ])
  func `a large body of faults gets a small answer`(body: String) async throws {
    let response = try await post("/documents", body)
    #expect(response.status == .unprocessableContent)
    #expect(response.body.count < 8_192)
    #expect(try (response.json["errors"]?.array ?? []).count <= FieldErrors.maximum)
  }

  @Test func `an answer with as many errors as it may have says that there are more`() async throws {
    let response = try await post("/documents", #"{"list":[\#(String(repeating: "1,", count: 40))1]}"#)
    let problem = try response.json
    #expect(problem["errors"]?.array?.count == FieldErrors.maximum)
    let detail = try #require(problem["detail"]?.string)
    #expect(detail.hasPrefix("More than 32 fields are not valid: list[0], list[1]"))
    #expect(detail.hasSuffix("list[7] and more"))
    let names = (0..<1_000).map { "p\($0)" }.joined(separator: "&")
    let query = try await responder.answer(.get, "/plain?\(names)")
    #expect(query.status == .badRequest && query.body.count < 8_192)
    #expect(try query.json["errors"]?.array?.count == FieldErrors.maximum)
  }

  @Test func `a body beyond the bounds of its shape gets 413 before anything reads it`() async throws {
    let most = try #require(Self.body.maximumBytes) + RouteDescription.whiteSpaceBytes
    let space = String(repeating: " ", count: most - #"{"email":"a"}"#.utf8.count)
    #expect(try await post("/people", #"{"email":"a"}"# + space).status == .noContent)
    let large = try await post("/people", #"{"email":"a"}"# + space + " ")
    #expect(large.status == .contentTooLarge)
    #expect(try large.json["code"] == "content_too_large")
    #expect(try await post("/people", "{" + space + "malformed {{{{").status == .contentTooLarge)
    #expect(try await post("/secret", space + space).status == .contentTooLarge)
    // The handler of a signed body decides, and a shape without a bound has the limit of the server.
    #expect(try await post("/signed", space + space).status == .unauthorized)
    #expect(try await post("/documents", #"{"any":1}"# + space + space).status == .noContent)
    let escaped = String(repeating: #"\ud83d\ude00"#, count: 10)
    #expect(try await post("/people", #"{"email":"\#(escaped)"}"#).status == .noContent)
  }

  @Test func `access is checked before the form, and a signed body by its handler alone`() async throws {
    #expect(try await post("/secret", "{").status == .unauthorized)
    #expect(try await post("/signed", "{").status == .unauthorized)
    #expect(try await post("/people", "{}", type: "text/plain").status == .unsupportedMediaType)
  }

  @Test(arguments: [
    ("/list", nil), ("/list?limit=1&type=x", nil), ("/list?limti=1", "limti"),
    ("/list?limit=1&limit=2", "limit"),
    ("/plain", nil), ("/plain?", nil), ("/plain?anything=1", "anything"),
    ("/scraped?anything=1&anything=2", nil),
  ])
  func `an unknown or repeated parameter is refused by name, but not by a route of any query`(
    path: String, field: String?
  ) async throws {
    let response = try await responder.answer(.get, path)
    #expect(response.status.code == (field == nil ? 204 : 400))
    if let field { #expect(try response.json["errors"]?[0]?["field"]?.string == field) }
  }
}

import HTTP
import JSON
import Routing
import Testing

@Suite struct BodyTests {
  private struct Credentials: Decodable { let email: String; let attempts: Int }

  private let responder = makeResponder { router in
    router.post("/", summary: "", access: .anyone) { request, _ in
      let body = try await request.decode(Credentials.self)
      return try .json(["email": body.email])
    }
    router.get("/", summary: "", access: .anyone, traits: .anyQuery) { request, _ in
      try .json(request.queryItems().map { [$0.name, $0.value] })
    }
  }

  private func post(_ body: String, type: String? = "application/json") async throws -> Response {
    try await responder.answer(.post, "/", headers: type.map { ["Content-Type": $0] } ?? [:], body: body)
  }

  @Test(arguments: [
    "application/json", "Application/JSON; charset=utf-8", "application/json;x=y",
    "application/merge-patch+json", #"application/json; Charset="UTF-8""#, "application/json ;x=y;",
    #"application/json; a="b;\"c, d"; charset=utf-8"#,
  ])
  func `a body with any JSON media type is decoded`(type: String) async throws {
    let response = try await post(#"{"email":"a@b","attempts":1}"#, type: type)
    #expect(response.status == .ok)
    #expect(response.headers["Content-Type"] == "application/json")
    #expect(response.text == #"{"email":"a@b"}"#)
  }

  @Test(arguments: [
    nil, "text/plain", "application/jsonp", "text/json+x", "", "application/json; charset=latin1",
    "application /json", "application/", "application/json x", #"application/json; a="b"#,
    "application/json; a=1; A=2", "application/json, text/plain", "application/json; =b",
  ])
  func `a body with another media type gets 415`(type: String?) async throws {
    let response = try await post(#"{"email":"a@b","attempts":1}"#, type: type)
    #expect(response.status == .unsupportedMediaType)
    #expect(response.text.contains("application/json in UTF-8"))
  }

  @Test(arguments: ["gzip", "identity, gzip", "GZIP", "br"])
  func `an encoded body gets 415, which names what is accepted`(coding: String) async throws {
    let headers: Headers = ["Content-Type": "application/json", "Content-Encoding": coding]
    let response = try await responder.answer(.post, "/", headers: headers, body: "{}")
    #expect(response.status == .unsupportedMediaType)
    #expect(response.headers["Accept-Encoding"] == "identity")
    #expect(try await responder.answer(.get, "/?a", headers: ["Content-Encoding": coding]).status == .ok)
  }

  @Test func `two media types get 415, and the coding identity changes nothing`() async throws {
    let body = #"{"email":"a@b","attempts":1}"#
    let twice: Headers = ["Content-Type": "application/json", "Content-Type": "application/json"]
    #expect(
      try await responder.answer(.post, "/", headers: twice, body: body).status == .unsupportedMediaType)
    let plain: Headers = ["Content-Type": "application/json", "Content-Encoding": "Identity"]
    #expect(try await responder.answer(.post, "/", headers: plain, body: body).status == .ok)
  }

  @Test(arguments: ["", "{", #"{"email":}"#, #"{"email":"a","email":"b"}"#, "{}x"])
  func `a body that is not JSON gets 400 with the position`(body: String) async throws {
    let response = try await post(body)
    #expect(response.status == .badRequest)
    #expect(try response.json["position"]?.integer != nil)
  }

  @Test(arguments: [#"{"email":"a\u0000","attempts":1}"#, #"{"email":"a","attempts":1,"\u0000":[]}"#])
  func `a body with U+0000 in a string or a name gets 422 with the position`(body: String) async throws {
    let response = try await post(body)
    #expect(response.status == .unprocessableContent)
    #expect(try response.json["position"]?.integer != nil)
  }

  @Test(arguments: [
    ("{}", "email"), (#"{"email":1,"attempts":1}"#, "email"), (#"{"email":"a"}"#, "attempts"),
    (#"{"email":"a","attempts":1e99}"#, "attempts"),
    (#"{"email":"a","attempts":99999999999999999999}"#, "attempts"),
  ])
  func `a missing or mistyped field gets 422 with the field's name`(body: String, field: String)
    async throws
  {
    let response = try await post(body)
    #expect(response.status == .unprocessableContent)
    #expect(try response.json["field"]?.string == field)
  }

  @Test func `a body of another shape gets 422 without a field`() async throws {
    let response = try await post("[]")
    #expect(response.status == .unprocessableContent)
    #expect(try response.json["field"] == nil)
  }

  @Test func `query parameters are decoded, and text that is not UTF-8 is refused`() async throws {
    #expect(try await responder.answer(.get, "/?a=b%20c&d").text == #"[["a","b c"],["d",""]]"#)
    #expect(try await responder.answer(.get, "/?a=%FF").status == .badRequest)
  }
}

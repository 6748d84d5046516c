import HTTP
import HTTPClient
import Testing

@testable import Service

@Suite("Constant documents") struct DocumentTests {
  private let document = ConstantDocument(
    Array("{}".utf8), contentType: "application/json", cacheControl: "no-cache")

  private func answer(_ fields: [String]) throws -> Response {
    document.answer(
      to: try Request(.get, "/", headers: Headers(fields.map { (name: "If-None-Match", value: $0) })))
  }

  @Test func `a client that has the document gets 304 with its tag and no body`() throws {
    let whole = try answer([])
    let tag = try #require(whole.headers["ETag"])
    #expect(whole.status == .ok && whole.text == "{}")
    for fields in [[tag], ["W/\(tag)"], ["*"], ["\"a,b\", W/\"c\" ,\(tag)"], ["\"a\"", tag]] {
      let response = try answer(fields)
      #expect(response.status == .notModified, "\(fields)")
      #expect(response.headers["ETag"] == tag && response.headers["Cache-Control"] == "no-cache")
      #expect(response.body.isEmpty)
    }
  }

  @Test(arguments: ["\"other\"", "other", "", "\"", "W/", "*, *", "\"\""])
  func `a client that has another document gets this one`(value: String) throws {
    #expect(try answer([value]).status == .ok)
  }

  @Test func `documents that differ have different tags`() throws {
    let other = ConstantDocument(Array("[]".utf8), contentType: "application/json", cacheControl: "no-cache")
    #expect(try other.answer(to: Request(.get, "/")).headers["ETag"] != answer([]).headers["ETag"])
  }

  @Test func `a service serves the description of its API once to a client that keeps it`() async throws {
    try await ServiceUnderTest.with { service in
      let first = try await service.get("/openapi.json")
      let tag = try #require(first.headers["ETag"])
      #expect(first.headers["X-Content-Type-Options"] == "nosniff")
      let second = try await HTTPClient.send(
        .get, service.address + "/openapi.json", headers: ["If-None-Match": tag])
      #expect(second.status == .notModified && second.body.isEmpty)
    }
  }
}

extension Response {
  fileprivate var text: String { String(decoding: body, as: UTF8.self) }
}

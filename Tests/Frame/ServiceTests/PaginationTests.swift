import Cryptography
import DataAccess
import Encoding
import HTTP
import JSON
import Routing
import Schema
import Testing

@testable import Service

@Suite struct PaginationTests {
  private func page(_ query: String) throws -> PageRequest {
    try PageRequest(Request(.get, "/v1/things\(query)"))
  }

  @Test(arguments: [0, 1, 42, 1 << 40, .max] as [Int64])
  func `a cursor decodes to its key`(key: Int64) throws {
    let key = PageKey([.integer(key)])
    #expect(Cursor.decode(Cursor.encode(key)) == key)
    #expect(try page("?cursor=\(Cursor.encode(key))").cursor == key)
  }

  @Test func `a cursor of several columns decodes to its key`() {
    let key = PageKey([
      .timestamp(Timestamp(secondsSinceEpoch: 7)), .date(CalendarDate(daysSinceEpoch: -1)), .text("ü\""),
      .boolean(true), .integer(-5),
    ])
    #expect(Cursor.decode(Cursor.encode(key)) == key)
    #expect(Cursor.encode(key) != Cursor.encode(5))
  }

  @Test(arguments: [
    #"o"#, #"o[null]"#, #"o[1.5]"#, #"o[{}]"#, #"o[["x",1]]"#, #"o[["t"]]"#, #"o[["d",99999999999]]"#,
    #"o[1 ]"#,
    #"o["a",1"#, #"o[5]"#, #"o["\u0000",1]"#, #"o[["t",1,2],1]"#,
  ])
  func `a cursor of several columns that the service did not return is refused`(content: String) {
    #expect(Cursor.decode(Base64URL.encode(Array(content.utf8))) == nil)
  }

  @Test(arguments: [
    "", "k1", "1", "a", "azE=", "azEB", "aw", Base64URL.encode(Array("k+1".utf8)),
    Base64URL.encode(Array("k01".utf8)), Base64URL.encode(Array("k-1".utf8)),
    Base64URL.encode(Array("k1 ".utf8)),
    Base64URL.encode(Array("x1".utf8)), Base64URL.encode(Array("k9223372036854775808".utf8)),
    Base64URL.encode([0x6B, 0xFF]),
  ])
  func `a cursor that the service did not return is refused with 400`(text: String) {
    #expect(Cursor.decode(text) == nil)
    let refusal = #expect(throws: Problem.self) { try page("?cursor=\(text)") }
    #expect(refusal?.status == .badRequest)
  }

  @Test func `a page has fifty items by default, and at most 200`() throws {
    #expect(try page("").limit == PageRequest.defaultLimit)
    #expect(try page("").cursor == nil)
    #expect(try page("?limit=1").limit == 1)
    #expect(try page("?limit=200&other=x").limit == PageRequest.maximumLimit)
  }

  @Test(arguments: ["0", "201", "-1", "+5", "05", "1.0", "", "many", "99999999999999999999", "1%20"])
  func `any other limit is refused with 400`(limit: String) {
    let refusal = #expect(throws: Problem.self) { try page("?limit=\(limit)") }
    #expect(refusal?.status == .badRequest)
  }

  @Test func `a page links to the next one with the same query`() throws {
    let request = try Request(.get, "/v1/events?type=a%26b&limit=2")
    let response = try Response.page(
      Page(items: [1, 2], next: 2), for: request, limit: 2, keeping: [("type", "a&b")])
    let cursor = Cursor.encode(2)
    #expect(
      response.headers["Link"] == "</v1/events?type=a%26b&limit=2&cursor=\(cursor)>; rel=\"next\"")
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"items":[1,2],"next":"\#(cursor)"}"#)
  }

  @Test func `the last page has no next cursor`() throws {
    let response = try Response.page(
      Page(items: [Int](), next: nil), for: Request(.get, "/v1/events"), limit: 2)
    #expect(response.headers["Link"] == nil)
    #expect(String(decoding: response.body, as: UTF8.self) == #"{"items":[],"next":null}"#)
  }
}

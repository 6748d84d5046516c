import HTTP
import Testing

@Suite struct HeadersTests {
  @Test func `field names are case-insensitive`() {
    let headers: Headers = ["Content-Type": "a"]
    #expect(headers["content-type"] == "a")
    #expect(headers["CONTENT-TYPE"] == "a")
    #expect(headers["Content-Typ"] == nil)
    #expect(headers["Content_Type"] == nil)
  }

  @Test func `the subscript returns the first of several values, and values returns all in order`() {
    var headers: Headers = ["A": "1", "B": "2", "a": "3"]
    #expect(headers["A"] == "1")
    #expect(headers.values(of: "a") == ["1", "3"])
    #expect(headers.map(\.name) == ["A", "B", "a"])
    headers.set("A", "4")
    #expect(headers.map(\.value) == ["2", "4"])
    headers["b"] = nil
    #expect(headers.map(\.value) == ["4"])
  }

  @Test func `a line break in a value cannot end its line`() {
    var headers = Headers()
    headers.append("X\r\nY: z", "a\r\nSet-Cookie: b\u{0}c")
    #expect(headers.count == 1)
    #expect(headers.first { _ in true }?.name == "X--Y--z")
    #expect(headers.first { _ in true }?.value == "a  Set-Cookie: b c")
  }

  @Test func `headers are equal when they have the same fields in the same order`() {
    let headers: Headers = ["A": "1", "B": "2"]
    #expect(headers == ["a": "1", "b": "2"])
    #expect(headers != ["B": "2", "A": "1"])
    #expect(headers != ["A": "1"])
  }

  @Test func `a change to a request's fields does not change its target`() throws {
    var request = try Request(.get, "/a?b", headers: ["X": "1"])
    request.headers.remove("X")
    request.headers.append("Y", "2")
    #expect(request.target == "/a?b")
    #expect(request.headers == ["Y": "2"])
  }

  @Test func `a request without a valid target is refused`() {
    #expect(throws: ParseError.invalidTarget) { try Request(.get, "no slash") }
    #expect(throws: ParseError.invalidTarget) { try Request(.get, "") }
  }
}

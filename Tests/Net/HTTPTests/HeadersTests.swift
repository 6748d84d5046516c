import HTTP
import Testing

@Suite struct HeadersTests {
  @Test func `names are compared without regard to case`() {
    let headers: Headers = ["Content-Type": "a"]
    #expect(headers["content-type"] == "a")
    #expect(headers["CONTENT-TYPE"] == "a")
    #expect(headers["Content-Typ"] == nil)
    #expect(headers["Content_Type"] == nil)
  }

  @Test func `the first of several values is the value, and all are there in order`() {
    var headers: Headers = ["A": "1", "B": "2", "a": "3"]
    #expect(headers["A"] == "1")
    #expect(headers.values(of: "a") == ["1", "3"])
    #expect(headers.map(\.name) == ["A", "B", "a"])
    headers.set("A", "4")
    #expect(headers.map(\.value) == ["2", "4"])
    headers["b"] = nil
    #expect(headers.map(\.value) == ["4"])
  }

  @Test func `no value can end its line`() {
    var headers = Headers()
    headers.append("X\r\nY: z", "a\r\nSet-Cookie: b\u{0}c")
    #expect(headers.count == 1)
    #expect(headers.first { _ in true }?.name == "X--Y--z")
    #expect(headers.first { _ in true }?.value == "a  Set-Cookie: b c")
  }

  @Test func `equal means the same fields in the same order`() {
    let headers: Headers = ["A": "1", "B": "2"]
    #expect(headers == ["a": "1", "b": "2"])
    #expect(headers != ["B": "2", "A": "1"])
    #expect(headers != ["A": "1"])
  }

  @Test func `a change to a request's fields leaves its target alone`() throws {
    var request = try Request(.get, "/a?b", headers: ["X": "1"])
    request.headers.remove("X")
    request.headers.append("Y", "2")
    #expect(request.target == "/a?b")
    #expect(request.headers == ["Y": "2"])
  }

  @Test func `a request made by hand must have a target`() {
    #expect(throws: ParseError.invalidTarget) { try Request(.get, "no slash") }
    #expect(throws: ParseError.invalidTarget) { try Request(.get, "") }
  }
}

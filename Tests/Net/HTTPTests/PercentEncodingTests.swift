import HTTP
import Testing

@Suite struct PercentEncodingTests {
  @Test func `escapes are decoded`() {
    #expect(PercentEncoding.decode("a%20b%2Fc%c3%A9") == "a b/cé")
    #expect(PercentEncoding.decode("a+b") == "a+b")
    #expect(PercentEncoding.decode("a+b", plusIsSpace: true) == "a b")
  }

  @Test(arguments: ["%", "%2", "%2G", "%FF", "%C3", "%ED%A0%80"])
  func `a malformed escape or a result that is not UTF-8 is refused`(text: String) {
    #expect(PercentEncoding.decode(text) == nil)
  }

  @Test func `a text survives a round trip through percent-encoding`() {
    let text = "a/b?c=d&e f+g%é\u{1F600}\u{0}~-._"
    let encoded = PercentEncoding.encode(text)
    #expect(encoded == "a%2Fb%3Fc%3Dd%26e%20f%2Bg%25%C3%A9%F0%9F%98%80%00~-._")
    #expect(PercentEncoding.decode(encoded) == text)
  }

  @Test func `a query is decoded to pairs in order`() throws {
    let request = try Request(.get, "/?a=1&b=%26+x&a=2&flag&&=e&c=d=e")
    let parameters = try #require(request.queryParameters())
    #expect(parameters.map { "\($0.name):\($0.value)" } == ["a:1", "b:& x", "a:2", "flag:", ":e", "c:d=e"])
    #expect(parameters["a"] == "1")
    #expect(parameters.values(of: "a") == ["1", "2"])
    #expect(parameters["B"] == nil)
  }

  @Test func `a request without a query has no parameters, and a query that is not UTF-8 is refused`() throws
  {
    #expect(try Request(.get, "/").queryParameters()?.isEmpty == true)
    #expect(try Request(.get, "/?a=%FF").queryParameters() == nil)
  }
}

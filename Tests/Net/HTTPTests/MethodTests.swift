import HTTP
import Testing

@Suite struct MethodTests {
  @Test(arguments: [Method.get, .head, .post, .put, .patch, .delete, .options])
  func `a known method equals the method made from its name`(method: Method) throws {
    #expect(method.isKnown)
    #expect(Method(rawValue: method.rawValue) == method)
    #expect(Set([method, Method(rawValue: method.rawValue)]).count == 1)
  }

  @Test(arguments: ["", "get", "GETS", "PUS", "TRACE", "OPTIONs", "PROPFIND"])
  func `any other name is preserved, and names are case-sensitive`(name: String) {
    let method = Method(rawValue: name)
    #expect(!method.isKnown)
    #expect(method.rawValue == name)
    #expect(method == Method(rawValue: name))
    #expect(method != .get)
  }
}

import HTTP
import Testing

@Suite struct MethodTests {
  @Test(arguments: [Method.get, .head, .post, .put, .patch, .delete, .options])
  func `a known method is the same whether named or read`(method: Method) throws {
    #expect(method.isKnown)
    #expect(Method(rawValue: method.rawValue) == method)
    #expect(Set([method, Method(rawValue: method.rawValue)]).count == 1)
  }

  @Test(arguments: ["", "get", "GETS", "PUS", "TRACE", "OPTIONs", "PROPFIND"])
  func `any other name is kept as it is, and case matters`(name: String) {
    let method = Method(rawValue: name)
    #expect(!method.isKnown)
    #expect(method.rawValue == name)
    #expect(method == Method(rawValue: name))
    #expect(method != .get)
  }
}

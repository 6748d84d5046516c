import Testing

@testable import Cache

@Suite("Cache keys")
struct CacheKeyTests {
  @Test func `a key joins its service and its parts`() {
    #expect(CacheKey(service: "analytics", "summary").rendered == "analytics:summary")
    #expect(CacheKey(service: "analytics", "report", "2026").rendered == "analytics:report:2026")
  }

  @Test func `different parts never give the same key`() {
    let lists = [
      ["a", "b"], ["a:b"], ["a%3Ab"], ["a", "", "b"], ["a%", "b"], ["a%25", "b"], ["a", "b", ""],
      ["", "a", "b"],
    ]
    #expect(Set(lists.map { CacheKey(service: "s", parts: $0).rendered }).count == lists.count)
  }

  @Test func `a part cannot leave the service's key space`() {
    let key = CacheKey(service: "analytics", "x:y%z")
    #expect(key.rendered == "analytics:x%3Ay%25z")
    #expect(key.service == "analytics")
  }

  @Test func `a denial names the key space and never the whole key`() {
    let arguments = ["get", "backend-api:session:42"].map { Array($0.utf8) }
    let denial = CacheDenial(account: "analytics-cache", arguments: arguments, subject: .key)
    #expect(denial.description == "analytics-cache may not run GET on backend-api:*")
    #expect(CacheDenial(account: "a", arguments: [], subject: .command).keySpace == nil)
    let long = [Array("GET".utf8), [UInt8](repeating: 120, count: 1000)]
    #expect(CacheDenial(account: "a", arguments: long, subject: .key).keySpace?.utf8.count == 64)
  }
}

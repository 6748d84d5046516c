import Routing
import Testing

@testable import Identity

@Suite("The memory of verified tokens")
struct VerifiedTokensTests {
  private func entry(_ id: Int64) -> VerifiedTokens.Entry {
    VerifiedTokens.Entry(
      principal: Principal(userID: id, sessionID: 1, role: .member, expiresAt: 10),
      times: TokenTimes(notBefore: 0, expiresAt: 10))
  }

  @Test func `it never holds more than its capacity`() {
    var tokens = VerifiedTokens(capacity: 10)
    for id in 0..<1000 { tokens.insert([UInt8(id % 256), UInt8(id / 256)], entry(Int64(id))) }
    #expect(tokens.count <= 10)
    #expect(tokens.find([UInt8(999 % 256), UInt8(999 / 256)])?.principal.userID == 999)
    #expect(tokens.find([0, 0]) == nil)
  }

  @Test func `a token in use stays while others come and go`() {
    var tokens = VerifiedTokens(capacity: 10)
    tokens.insert([1], entry(1))
    for id in 0..<200 {
      tokens.insert([2, UInt8(id)], entry(2))
      #expect(tokens.find([1])?.principal.userID == 1)
    }
    #expect(tokens.count <= 10)
  }

  @Test func `a removed token is in neither generation`() {
    var tokens = VerifiedTokens(capacity: 2)
    tokens.insert([1], entry(1))
    tokens.insert([2], entry(2))
    tokens.remove([1])
    tokens.remove([2])
    #expect(tokens.find([1]) == nil)
    #expect(tokens.find([2]) == nil)
    #expect(tokens.count == 0)
  }

  @Test func `tokens with the same end are told apart, and from the bytes around them`() {
    let end = [UInt8](repeating: 9, count: 100)
    var tokens = VerifiedTokens(capacity: 10)
    tokens.insert(([1] + end)[...], entry(1))
    tokens.insert(([2] + end)[...], entry(2))
    let request = [7, 7, 2] + end + [7]
    #expect(tokens.find(request[2..<103])?.principal.userID == 2)
    #expect(tokens.find(request[1..<103]) == nil)
    #expect(tokens.find(request[2..<104]) == nil)
    #expect(tokens.find(end[...]) == nil)
    tokens.remove(([2] + end)[...])
    #expect(tokens.find(([1] + end)[...])?.principal.userID == 1)
  }
}

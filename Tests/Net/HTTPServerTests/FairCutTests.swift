import HTTP
import TestSupport
import Testing
import Transport

@testable import HTTPServer

@Suite("Memory is taken from the source that holds most") struct FairCutTests {
  private func choose(
    _ holdings: [(address: String, bytes: Int)], freeing need: Int, sparesSmall: Bool = true
  ) -> [Int] {
    FairCut.choose(
      from: holdings.enumerated().map {
        Holding(source: ClientSource($1.address), bytes: $1.bytes, order: UInt64($0))
      }, freeing: need, sparesSmall: sparesSmall)
  }

  @Test func `a source of many small and some large requests loses the oldest large ones`() {
    let flood = (0..<1_500).map { _ in ("192.0.2.1", 1) } + (0..<8).map { _ in ("192.0.2.1", 1_000_000) }
    let holdings = [("192.0.2.2", 700_000)] + flood
    #expect(choose(holdings, freeing: 1_500_000) == [1_501, 1_502])
  }

  @Test func `the older request of another source stays`() {
    #expect(choose([("192.0.2.2", 900), ("192.0.2.1", 800), ("192.0.2.1", 800)], freeing: 300) == [1])
  }

  @Test func `of equal sources the one with the oldest request is first, and no more end than are needed`() {
    let holdings = (1...100).map { ("192.0.2.\($0)", 1_000) }
    #expect(choose(holdings, freeing: 2_500) == [0, 1, 2])
  }

  @Test func `the sources with most bytes are cut to one level`() {
    let holdings = (0..<6).map { _ in ("192.0.2.1", 100) } + (0..<4).map { _ in ("192.0.2.2", 100) }
    #expect(choose(holdings, freeing: 400) == [0, 1, 2, 6])
  }

  @Test func `without holders nothing is chosen, and a need beyond all takes all that are not small`() {
    #expect(choose([], freeing: 10) == [])
    #expect(choose([("192.0.2.1", 10), ("192.0.2.1", 1)], freeing: 100) == [0])
    #expect(choose([("192.0.2.1", 10), ("192.0.2.1", 1)], freeing: 100, sparesSmall: false) == [0, 1])
  }

  @Test(arguments: ["", " ,", "192.0.2.1:"])
  func `the addresses of a proxy's field take time in proportion to its length`(_ end: String) {
    let proxies = TrustedProxies([AddressRange("10.0.0.0/8")].compactMap { $0 })
    let isLinear = Growth.isLinear { size in
      let headers: Headers = [
        "X-Forwarded-For": String(repeating: ",", count: size) + end + Growth.marks(size)
      ]
      #expect(proxies.client(of: headers, behind: "10.0.0.1") == nil)
    }
    #expect(isLinear)
  }
}

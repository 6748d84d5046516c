import Testing
import Transport

@testable import HTTPServer

@Suite("Counts by address") struct AddressTallyTests {
  private static func tally(_ counts: [(String?, Int)]) -> AddressTally {
    var tally = AddressTally()
    for (address, count) in counts {
      for _ in 0..<count { tally.count(ClientSource(address)) }
    }
    return tally
  }

  @Test func `the worst addresses are reported, worst first, and the counts begin anew`() {
    var tally = Self.tally([
      ("192.0.2.1", 2), ("192.0.2.2", 9), ("192.0.2.3", 1), ("192.0.2.4", 9), (nil, 1), ("192.0.2.5", 4),
    ])
    #expect(tally.takeWorst().map(\.description) == ["192.0.2.2 (9)", "192.0.2.4 (9)", "192.0.2.5 (4)"])
    #expect(tally.takeWorst() == [])
  }

  @Test func `more addresses than the bound are not counted, and those that are stay`() {
    var tally = AddressTally()
    for number in 0..<(AddressTally.maximumAddresses + 10) {
      tally.count(ClientSource("10.0.\(number / 256).\(number % 256)"))
    }
    for _ in 0..<5 { tally.count(ClientSource("192.0.2.1")) }
    for _ in 0..<3 { tally.count(ClientSource("10.0.0.7")) }
    #expect(tally.takeWorst().first == AddressCount(source: ClientSource("10.0.0.7"), count: 4))
  }

  @Test func `the addresses of one network are one source`() {
    var tally = Self.tally((1...5).map { ("2001:db8:1:2::\($0)", 1) } + [("192.0.2.1", 3)])
    #expect(tally.takeWorst().map(\.description) == ["2001:db8:1:2::/64 (5)", "192.0.2.1 (3)"])
  }

  @Test func `a site stands for its networks where none of them has half of its count`() {
    var many = Self.tally((1...5).map { ("2001:db8:1:\($0)::1", 1) } + [("192.0.2.1", 3)])
    #expect(many.takeWorst().map(\.description) == ["2001:db8:1::/48 (5)", "192.0.2.1 (3)"])
    var few = Self.tally([("2001:db8:1:1::1", 5), ("2001:db8:1:2::1", 1)])
    #expect(few.takeWorst().map(\.description) == ["2001:db8:1:1::/64 (5)"])
  }

  @Test func `the networks of one site take the place of no other site`() {
    var tally = AddressTally()
    for number in 0..<(2 * AddressTally.maximumAddresses) {
      tally.count(ClientSource("2001:db8:1:\(String(number, radix: 16))::1"))
    }
    for _ in 0..<7 { tally.count(ClientSource("192.0.2.1")) }
    let worst = tally.takeWorst().map(\.description)
    #expect(worst == ["2001:db8:1::/48 (\(2 * AddressTally.maximumAddresses))", "192.0.2.1 (7)"])
  }
}

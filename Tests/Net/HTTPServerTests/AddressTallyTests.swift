import Testing

@testable import HTTPServer

@Suite("Counts by address") struct AddressTallyTests {
  @Test func `the worst addresses are reported, worst first, and the counts begin anew`() {
    var tally = AddressTally()
    for (host, count) in [("a", 2), ("b", 9), ("c", 1), ("d", 9), ("e", 4)] {
      for _ in 0..<count { tally.count(host) }
    }
    tally.count(nil)
    #expect(tally.takeWorst().map(\.description) == ["b (9)", "d (9)", "e (4)"])
    #expect(tally.takeWorst() == [])
  }

  @Test func `more addresses than the bound are not counted, and those that are stay`() {
    var tally = AddressTally()
    for number in 0..<(AddressTally.maximumAddresses + 10) { tally.count("\(number)") }
    for _ in 0..<5 { tally.count("late") }
    for _ in 0..<3 { tally.count("7") }
    #expect(tally.takeWorst().first == AddressCount(host: "7", count: 4))
  }
}

import Testing
import Transport

@testable import HTTPServer

@Suite("Admission of connections") struct AdmissionTests {
  private static let limit = 20
  private static let limitPerSource = 10
  private static let limitPerSite = 15

  private static func peer(_ address: String, behind proxies: TrustedProxies = TrustedProxies()) -> Peer {
    Peer(address, trusting: proxies)
  }

  private static func admission() -> Admission { Admission(limit: limit, limitPerSource: limitPerSource) }

  /// How many of the connections from these addresses are admitted.
  private static func admitted(_ admission: Admission, _ addresses: some Sequence<String>) -> Int {
    addresses.count { admission.enter(from: peer($0)) == .admitted }
  }

  @Test func `the addresses of one IPv6 network have the limit of one address`() {
    let admission = Self.admission()
    let network = (1...30).map { "2001:db8:1:2::\(String($0, radix: 16))" }
    #expect(Self.admitted(admission, network) == Self.limitPerSource)
    #expect(admission.enter(from: Self.peer("2001:db8:1:2::ffff")) == .addressFull)
    #expect(admission.enter(from: Self.peer("2001:db8:2::5")) == .admitted)
    #expect(admission.busiest.first?.description == "2001:db8:1:2::/64 (\(Self.limitPerSource))")
  }

  @Test func `the networks of one IPv6 site leave others a place, also where each has one connection`() {
    let admission = Self.admission()
    let site = (1...30).map { "2001:db8:1:\(String($0, radix: 16))::1" }
    #expect(Self.admitted(admission, site) == Self.limitPerSite)
    #expect(admission.enter(from: Self.peer("2001:db8:2::5")) == .admitted)
    #expect(admission.enter(from: Self.peer("192.0.2.1")) == .admitted)
    #expect(admission.busiest.first?.description == "2001:db8:1::/48 (\(Self.limitPerSite))")
  }

  @Test func `a mapped address is the IPv4 address`() {
    let admission = Self.admission()
    let addresses = (0..<Self.limit).map { $0 % 2 == 0 ? "192.0.2.1" : "::ffff:192.0.2.1" }
    #expect(Self.admitted(admission, addresses) == Self.limitPerSource)
    #expect(admission.enter(from: Self.peer("::ffff:192.0.2.2")) == .admitted)
  }

  @Test func `connections that end make room for their network and for their site`() {
    let admission = Self.admission()
    for number in 0..<(3 * Self.limit) {
      let peer = Self.peer("2001:db8:1:\(String(number % 4, radix: 16))::1")
      #expect(admission.enter(from: peer) == .admitted)
      admission.leave(from: peer)
    }
    #expect(admission.count == 0 && admission.busiest.isEmpty)
  }

  @Test func `a trusted proxy has the limit of the server alone`() throws {
    let proxies = TrustedProxies([try #require(AddressRange("2001:db8:1::/48"))])
    let admission = Self.admission()
    for _ in 0..<Self.limit {
      #expect(admission.enter(from: Self.peer("2001:db8:1::1", behind: proxies)) == .admitted)
    }
    #expect(admission.enter(from: Self.peer("2001:db8:1::1", behind: proxies)) == .full)
  }

  @Test(arguments: [2, 3, 100, 10_000])
  func `a site with any limit of a source leaves others a place`(_ limit: Int) {
    for limitPerSource in [1, limit / 2, limit - 1] {
      let admission = Admission(limit: limit, limitPerSource: limitPerSource)
      let site = (0..<limit).map { "2001:db8:1:\(String($0, radix: 16))::1" }
      #expect(Self.admitted(admission, site) < limit)
      #expect(admission.enter(from: Self.peer("192.0.2.1")) == .admitted)
    }
  }
}

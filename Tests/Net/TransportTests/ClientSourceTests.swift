import Testing
import Transport

@Suite("Client sources") struct ClientSourceTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"),
    ("64:ff9b::192.0.2.1", "192.0.2.1", "192.0.2.1"), ("64:ff9b:1::1", "64:ff9b:1::/64", "64:ff9b:1::/48"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"), ("::1", "::/64", "::/48"),
    ("2001:db8:1::1", "2001:db8:1::/64", "2001:db8:1::/48"), ("localhost", "unknown", "unknown"),
    ("", "unknown", "unknown"), ("192.0.2", "unknown", "unknown"),
  ])
  func `a source is an IPv4 address or a network of IPv6, and its site is a larger network`(
    _ address: String, _ source: String, _ site: String
  ) {
    #expect(ClientSource(address).description == source)
    #expect(ClientSource(address).site.description == site)
    #expect(ClientSource(address).site.site == ClientSource(address).site)
  }

  @Test func `an IPv4 address is no network of IPv6, and no address is one source`() {
    #expect(ClientSource("192.0.2.1") != ClientSource("::c000:201:0:0:0:0"))
    #expect(ClientSource(nil) == ClientSource("nonsense") && ClientSource(nil) != ClientSource("::1"))
    #expect(ClientSource("::1") != ClientSource("::1").site)
  }
}

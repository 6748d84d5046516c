import Testing
import Transport

@Suite("Address ranges") struct AddressRangeTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
    ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ("192.0.2.128/25", "192.0.2.200", true), ("192.0.2.128/25", "192.0.2.127", false),
    ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("0.0.0.0/0", "203.0.113.1", true),
    ("0.0.0.0/0", "2001:db8::1", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
    ("2001:db8::/33", "2001:db8:8000::1", false), ("::1", "::1", true), ("::/0", "2001:db8::1", true),
    ("::ffff:10.0.0.0/104", "10.1.2.3", true), ("10.0.0.0/8", "localhost", false), ("10.0.0.0/8", "", false),
  ])
  func `a range contains the addresses with its prefix`(_ range: String, _ address: String, _ isIn: Bool)
    throws
  {
    let range = try #require(AddressRange(range))
    #expect(range.contains(address) == isIn)
  }

  @Test(arguments: [
    ("0.0.0.0/0", true), ("::/0", true), ("::ffff:0:0/96", true), ("0.0.0.0/1", true), ("10.0.0.0/7", true),
    ("2000::/3", true), ("10.0.0.0/8", false), ("fc00::/7", false), ("2001:db8::/100", false), ("::1", false),
    ("127.0.0.1", false),
  ])
  func `a range larger than any private network is vast`(_ range: String, _ isVast: Bool) throws {
    #expect(try #require(AddressRange(range)).isVast == isVast)
  }

  @Test(arguments: [("127.0.0.1", true), ("0.0.0.0", true), ("192.0.2.1", false), ("8.8.8.8", false)])
  func `a listener may have addresses of this machine alone`(_ host: String, _ isLocal: Bool) {
    #expect(SocketAddress(host: host, port: 1).isLocal == isLocal)
  }

  @Test(arguments: [
    "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.1/8", "10.0.0.0/8/8", "10.0/8",
    "::/129",
    "2001:db8::1/32", "example.org", "10.0.0.0/ 8", " 10.0.0.0/8",
  ])
  func `another text is no range`(_ text: String) {
    #expect(AddressRange(text) == nil)
  }
}

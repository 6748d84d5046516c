import Routing
import Testing

@testable import connector

/// Where a webhook may go. The cases of hosts are those of the WHATWG URL parser's tests.
@Suite struct WebhookURLTests {
  /// A busy machine may be late with a name.
  private static let patient = WebhookTargets(lookUpSeconds: 60)

  @Test(arguments: [
    ("https://example.org", "example.org", 443), ("http://example.org/hook?a=b#c", "example.org", 80),
    ("HTTPS://Example.org:8443/x", "example.org", 8443), ("https://1.2.3.4", "1.2.3.4", 443),
    ("https://[2606:2800:220:1::1]:8080/", "2606:2800:220:1::1", 8080),
    ("https://a-b_c.example", "a-b_c.example", 443), ("https://example.org/@user", "example.org", 443),
    ("https://example.org:65535", "example.org", 65_535),
    ("https://xn--bcher-kva.example", "xn--bcher-kva.example", 443),
    ("https://127.0.0.1.example.org", "127.0.0.1.example.org", 443),
    ("https://0xdead.example", "0xdead.example", 443),
  ])
  func `a URL with a host is read, and stored unchanged`(text: String, host: String, port: UInt16) throws {
    let url = try WebhookURL(text)
    #expect(url.text == text && url.host == host && url.port == port)
  }

  @Test(arguments: [
    "", "x", "https:", "https:/example.org", "https://", "https:///path", "https://?a", "https://#",
    "ftp://example.org", "javascript:alert(1)", "file:///etc/passwd", "://example.org", "https//example.org",
    "https://user@example.org", "https://user:pass@example.org", "https://:443", "https://example.org:",
    "https://example.org:+80", "https://example.org:a", "https://[::1", "https://[]", "https://[::1]x",
    "https://[fe80::1%25eth0]", "https://exa mple.org", "https://example.org/\n", "https://example.org/\u{0}",
    "https://exämple.org", "https://example.org\\@evil.org", "https://example.org/a\\b", "https://a:1:2",
    "https://evil.org%2F@example.org", "https://.", "https://..", "https://a..b", "https://.a", "https://a.",
    "https://%31%32%37.0.0.1", "https://ex%61mple.org", "https://a<b", "https://a^b", "https://a|b",
    "https://*.a",
    "https://１２７.0.0.1", "https://example。org", "https://a\u{AD}b", "https://[1.2.3.4]", "https://[::1.2.3]",
    "https://\(String(repeating: "a", count: 64)).org",
    "https://" + [String](repeating: "abcdefgh", count: 30).joined(separator: "."),
  ])
  func `a URL that cannot be called or could be misread gets 422`(url: String) {
    let refusal = #expect(throws: Problem.self) { try WebhookURL(url) }
    #expect(refusal?.status == .unprocessableContent)
  }

  @Test(arguments: [
    "2130706433", "0x7f000001", "0x7f.1", "0X7F.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1",
    "127.0.0.01", "127.0.0.1.", "1.2.3", "256.1.1.1", "1.2.3.4.5", "0x", "1.2.3.0x", "4294967296", "09",
    "a.1",
    "00000000127.0.0.1",
  ])
  func `a number that is no address in its usual form is refused`(host: String) {
    let refusal = #expect(throws: Problem.self) { try WebhookURL("https://\(host)/") }
    #expect(refusal?.errors.first?.field == "url")
  }

  @Test(arguments: [0, 1, 21, 22, 23, 25, 110, 143, 442, 1023, 2049, 6000, 6667, 10_080, 65_536])
  func `a port of another protocol is refused`(port: Int) {
    #expect(throws: Problem.self) { try WebhookURL("https://example.org:\(port)/") }
  }

  @Test func `a URL has at most 2048 bytes`() throws {
    let longest = "https://example.org/" + String(repeating: "a", count: 2028)
    #expect(try WebhookURL(longest).text.utf8.count == WebhookURL.maximumBytes)
    #expect(throws: Problem.self) { try WebhookURL(longest + "a") }
  }

  @Test(arguments: [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1",
    "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1",
  ])
  func `an address that is not of the public internet is refused, by itself and in a URL`(text: String)
    async throws
  {
    #expect(try #require(WebhookAddress(text)).isPublic == false)
    let host = text.contains(":") ? "[\(text)]" : text
    await #expect(throws: Problem.self) { try await WebhookTargets().checked("https://\(host)/") }
  }

  @Test(arguments: [
    "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.167.1.1", "198.17.1.1", "198.20.0.1",
    "223.255.255.255",
    "::ffff:1.1.1.1", "64:ff9b::101:101", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888",
    "2003::1",
  ])
  func `an address of the public internet is admitted`(text: String) async throws {
    #expect(try #require(WebhookAddress(text)).isPublic)
    let host = text.contains(":") ? "[\(text)]" : text
    #expect(try await WebhookTargets().checked("https://\(host)/").host == text)
  }

  @Test(arguments: ["", "localhost", "1.2.3", "fe80::1%eth0", "::1]", "0x7f.0.0.1"])
  func `a text that is no address is none`(text: String) {
    #expect(WebhookAddress(text) == nil)
  }

  @Test
  func
    `a name that leads to a private address is refused, and one without an address waits for its delivery`()
    async throws
  {
    let refusal = await #expect(throws: Problem.self) {
      try await Self.patient.checked("http://localhost:8080/")
    }
    #expect(refusal?.detail == "url leads to an address that is not of the public internet")
    #expect(try await Self.patient.checked("https://unknown.invalid/").host == "unknown.invalid")
  }

  @Test func `only a host that an operator names is exempt, and its port has the same rules`() async throws {
    let targets = WebhookTargets(exempt: ["127.0.0.1", "localhost"])
    #expect(try await targets.checked("http://127.0.0.1:8080/").port == 8080)
    #expect(try await targets.checked("http://LOCALHOST:8080/").host == "localhost")
    for url in ["http://127.0.0.2:8080/", "http://[::1]:8080/", "http://127.0.0.1:22/", "http://127.1:8080/"]
    {
      await #expect(throws: Problem.self) { try await targets.checked(url) }
    }
  }
}

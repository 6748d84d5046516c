import HTTPServer
import ServerTestSupport
import Testing
import Transport

/// The client's address behind proxies. The tests' own address is 127.0.0.1.
@Suite("Trusted proxies") struct TrustedProxyTests {
  private static func configuration(_ ranges: String...) -> HTTPServerConfiguration {
    HTTPServerConfiguration.forTests(
      maximumConnections: 100, maximumConnectionsPerAddress: 1,
      trustedProxies: TrustedProxies(ranges.compactMap { AddressRange($0) }),
      idleBeforeGivingWayMilliseconds: 600_000)
  }

  @Test(arguments: [
    ("", "127.0.0.1"), ("203.0.113.1", "203.0.113.1"), ("198.51.100.9, 203.0.113.1", "203.0.113.1"),
    ("203.0.113.1, 10.0.0.2", "203.0.113.1"), ("203.0.113.1,10.0.0.2 ,10.0.0.1", "203.0.113.1"),
    ("10.0.0.3, 10.0.0.2", "10.0.0.3"), ("203.0.113.1:4711", "203.0.113.1"),
    ("[2001:db8::1]:4711", "2001:db8::1"), ("2001:db8::1", "2001:db8::1"),
    // What no proxy writes ends the search with the last address before it.
    ("203.0.113.1, unknown, 10.0.0.2", "10.0.0.2"), ("nonsense", "127.0.0.1"),
    ("203.0.113.1:99999", "127.0.0.1"), ("203.0.113.1:", "127.0.0.1"), ("203.0.113.1:+80", "127.0.0.1"),
    ("[2001:db8::1", "127.0.0.1"), ("[2001:db8::1]x", "127.0.0.1"), ("[203.0.113.1]", "127.0.0.1"),
    ("[2001:db8::1]", "2001:db8::1"), ("203.0.113.1:65535", "203.0.113.1"),
    // Empty elements count for nothing (RFC 9110, section 5.6.1.2).
    ("203.0.113.1,", "203.0.113.1"), (", 203.0.113.1 ,\t, ,10.0.0.2,,", "203.0.113.1"), (" , ", "127.0.0.1"),
  ])
  func `a trusted proxy names the client: the rightmost address that is no trusted proxy`(
    _ field: String, _ client: String
  ) async throws {
    try await withServer(Self.configuration("127.0.0.0/8", "10.0.0.0/8")) { address, _ in
      let seen = try await Self.address(seenAt: address, ["X-Forwarded-For: \(field)"])
      #expect(seen == client)
    }
  }

  @Test func `the last of several fields is the nearest proxy's`() async throws {
    try await withServer(Self.configuration("127.0.0.1")) { address, _ in
      let fields = ["X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 203.0.113.1"]
      let seen = try await Self.address(seenAt: address, fields)
      #expect(seen == "203.0.113.1")
    }
  }

  @Test(arguments: [
    ("unknown", 1), ("203.0.113.1, unknown,", 1), ("203.0.113.1:99999", 1), ("203.0.113.1", 0), ("", 0),
    (",", 0),
    ("unknown, 203.0.113.1", 0),
  ])
  func `a trusted proxy whose nearest element is no address is counted, with its own address`(
    _ field: String, _ count: Int
  ) async throws {
    try await withServer(Self.configuration("127.0.0.0/8")) { address, server in
      _ = try await Self.address(seenAt: address, ["X-Forwarded-For: \(field)"])
      #expect(server.connectionCounts.unreadableForwarded == count)
      let proxies = server.takeBusiestAddresses().forwarding.map(\.source.description)
      #expect(proxies == [String](repeating: "127.0.0.1", count: count))
    }
  }

  @Test func `another peer cannot name an address`() async throws {
    try await withServer(Self.configuration("10.0.0.0/8")) { address, _ in
      let seen = try await Self.address(seenAt: address, ["X-Forwarded-For: 203.0.113.1"])
      #expect(seen == "127.0.0.1")
    }
  }

  @Test func `a trusted proxy is not one client of the limit for each address, and another peer is`()
    async throws
  {
    for (range, isExempt) in [("127.0.0.1", true), ("10.0.0.0/8", false)] {
      try await withServer(Self.configuration(range)) { address, server in
        try await blocking {
          let clients = [try TestClient(address), try TestClient(address)]
          let statuses = [try clients[0].get("/target").status, try clients[1].get("/target").status]
          #expect(statuses == [200, isExempt ? 200 : 503])
        }
        #expect((server.connectionCounts.refusedByAddress == 0) == isExempt)
      }
    }
  }

  private static func address(seenAt address: SocketAddress, _ fields: [String]) async throws -> String {
    try await blocking {
      let client = try TestClient(address)
      let lines = fields.map { "\($0)\r\n" }.joined()
      try client.send("GET /address HTTP/1.1\r\nHost: t\r\n\(lines)\r\n")
      return try client.readResponse().body
    }
  }
}

import Glibc
import HTTPServer
import ServerTestSupport
import TestSupport
import Testing

/// Clients that do not read their responses, or that send and read too slowly.
@Suite("Unsent bytes and slow clients") struct UnsentTests {
  /// More than the kernel's buffers hold, which take up to some megabytes.
  private static let request = "GET /large/16000000 HTTP/1.1\r\nHost: t\r\n\r\n"

  @Test func `an answer that is larger than a connection may hold is cut, and its client is not blamed`()
    async throws
  {
    let configuration = HTTPServerConfiguration.forTests(maximumUnsentBytesPerConnection: 1 << 20)
    try await withServer(configuration) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.send(Self.request)
        #expect(waitUntil { server.connectionCount == 0 && server.connectionCounts.tooLargeAnswers > 0 })
        #expect(server.connectionCounts.tooLargeAnswers == 1 && server.connectionCounts.overUnsentLimit == 0)
        // A small response on another connection is no concern of this limit.
        #expect(try TestClient(address).get("/large/1000").status == 200)
      }
      #expect(await eventually { server.load.unsentBytes == 0 })
    }
  }

  @Test
  func `when too many bytes wait on a loop, the client that has read nothing for longest is disconnected`()
    async throws
  {
    let configuration = HTTPServerConfiguration.forTests(
      maximumUnsentBytesPerConnection: 20_000_000, maximumUnsentBytesPerLoop: 20_000_000)
    try await withServer(configuration, loops: 1) { address, server in
      try await blocking {
        let first = try TestClient(address)
        try first.send(Self.request)
        #expect(waitUntil { server.load.unsentBytes > 0 })
        #expect(server.connectionCounts.overUnsentLimit == 0)
        let second = try TestClient(address)
        try second.send(Self.request)
        #expect(waitUntil { server.connectionCounts.overUnsentLimit > 0 })
        #expect(try second.readResponse().body.utf8.count == 16_000_000)
        #expect(server.connectionCounts.overUnsentLimit == 1)
        // What the kernel holds for the first one ends early.
        #expect(try first.readToEnd().utf8.count < 16_000_000)
      }
      #expect(await eventually { server.load.unsentBytes == 0 && server.connectionCount == 0 })
    }
  }

  @Test func `of a response that no client reads, the kernel takes a bounded part`() async throws {
    try await withServer(loops: 1) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(4_096))
        try client.send("GET /large/4000000 HTTP/1.1\r\nHost: t\r\n\r\n")
        #expect(waitUntil { server.load.unsentBytes > 0 })
        #expect(server.load.unsentBytes > 3_000_000)
      }
    }
  }

  @Test func `a client that reads steadily above the least rate keeps its connection`() async throws {
    let configuration = HTTPServerConfiguration.forTests(writeTimeoutSeconds: 2, minimumBytesPerSecond: 2_000)
    try await withServer(configuration) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.set(.receiveBufferBytes(16_384))
        try client.send("GET /large/1500000 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        for _ in 0..<40 {
          try client.fill(atMost: 16_000)
          usleep(100_000)
        }
        #expect(server.connectionCounts.slowReaders == 0)
        #expect(try client.readToEnd().utf8.count > 1_500_000)
      }
    }
  }

  @Test func `a client that reads less than the least rate is disconnected`() async throws {
    let configuration = HTTPServerConfiguration.forTests(
      writeTimeoutSeconds: 1, minimumBytesPerSecond: 4_000_000, maximumUnsentBytesPerConnection: 20_000_000)
    try await withServer(configuration) { address, server in
      try await blocking {
        let client = try TestClient(address)
        try client.send(Self.request)
        let isCounted = try waitUntil {
          try client.fill(atMost: 5_000)
          return server.connectionCounts.slowReaders > 0
        }
        #expect(isCounted && server.connectionCounts.slowReaders == 1)
      }
    }
  }

  @Test func `a body that arrives below the least rate gets 408, and one above it gets its answer`()
    async throws
  {
    let configuration = HTTPServerConfiguration.forTests(bodyRateSeconds: 1, minimumBytesPerSecond: 1_000)
    try await withServer(configuration) { address, _ in
      try await blocking {
        let slow = try TestClient(address, timeoutMilliseconds: 100)
        try slow.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n")
        #expect(try slow.responseWhileSending("0123456789", atMost: 100)?.status == 408)
        let steady = try TestClient(address)
        try steady.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 25000\r\n\r\n")
        for _ in 0..<25 {
          try steady.send(String(repeating: "x", count: 1_000))
          usleep(60_000)
        }
        #expect(try steady.readResponse().status == 200)
      }
    }
  }
}

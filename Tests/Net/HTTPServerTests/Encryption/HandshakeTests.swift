import Cryptography
import HTTPServer
import ServerTestSupport
import TestSupport
import Testing
import Transport

@Suite("Handshakes") struct HandshakeTests {
  @Test(arguments: ["GET / HTTP/1.1\r\nHost: t\r\n\r\n", "post", "P"])
  func `plain HTTP on an encrypted port gets 400 in plain text`(_ bytes: String) async throws {
    try await EncryptedServer.with { server in
      try await blocking {
        let client = try TestClient(server.address)
        try client.send(bytes)
        let response = try client.readResponse()
        #expect(response.status == 400)
        #expect(response["connection"] == "close")
        #expect(response.body.contains("https"))
        #expect(client.isAtEnd())
      }
      #expect(server.encryption.counts.failedHandshakes == 1)
    }
  }

  @Test(
    arguments: [
      [0x00, 0x01, 0x02], [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x02, 0x03, 0x04, 0x05],
      [0x17, 0x03, 0x03, 0x00, 0x01, 0x00], [0x80, 0x2E, 0x01, 0x00, 0x02],
      [UInt8](repeating: 0xFF, count: 70_000),
    ] as [[UInt8]])
  func `bytes that are no handshake end the connection`(_ bytes: [UInt8]) async throws {
    try await EncryptedServer.with(HTTPServerConfiguration.forTests(handshakeTimeoutSeconds: 1)) { server in
      try await blocking {
        let client = try TestClient(server.address)
        try? client.sendPlain(bytes)
        // An alert may come first.
        while (try? client.fill()) == true {}
        #expect(client.hasEnded)
      }
      #expect(server.encryption.counts.failedHandshakes == 1)
      #expect(try await server.openSSL.run(["-ign_eof"]).isAnswered)
    }
  }

  @Test(arguments: [0, 1, 5, 50])
  func `a client that stalls in the handshake counts as a connection, until its time is over`(sent: Int)
    async throws
  {
    try await EncryptedServer.with(HTTPServerConfiguration.forTests(handshakeTimeoutSeconds: 1)) { server in
      var hello: [UInt8] = []
      try TLSSession(client: server.clientContext(), host: "127.0.0.1").start(output: &hello)
      let beginning = Array(hello.prefix(sent))
      try await blocking {
        let client = try TestClient(server.address)
        try client.sendPlain(beginning)
        #expect(client.isAtEnd())
      }
      try await eventually("the connection is counted no more") { server.server.connectionCount == 0 }
      #expect(server.encryption.counts.failedHandshakes == 1)
    }
  }

  @Test func `handshakes that have begun count as incomplete, and beyond the loop's bytes the oldest end`()
    async throws
  {
    let limit = 1 << 20
    let configuration = HTTPServerConfiguration.forTests(maximumIncompleteBytesPerLoop: limit)
    try await EncryptedServer.with(configuration, loops: 1) { server in
      var hello: [UInt8] = []
      try TLSSession(client: server.clientContext(), host: "127.0.0.1").start(output: &hello)
      let beginning = Array(hello.prefix(50))
      try await blocking {
        let clients = try (0..<40).map { _ in
          let client = try TestClient(server.address)
          try client.sendPlain(beginning)
          return client
        }
        #expect(waitUntil { server.server.connectionCounts.overIncompleteLimit > 0 })
        #expect(server.server.load.incompleteBytes <= limit)
        #expect(clients[0].isAtEnd())
      }
      #expect(try await server.openSSL.run(["-ign_eof"]).isAnswered)
      #expect(await eventually { server.server.load.incompleteBytes == 0 })
    }
  }

  @Test func `a byte now and then does not extend the time of a handshake`() async throws {
    try await EncryptedServer.with(HTTPServerConfiguration.forTests(handshakeTimeoutSeconds: 1)) { server in
      var hello: [UInt8] = []
      try TLSSession(client: server.clientContext(), host: "127.0.0.1").start(output: &hello)
      let bytes = hello
      try await blocking {
        let client = try TestClient(server.address, timeoutMilliseconds: 100)
        var sent = 0
        while sent < bytes.count, !client.hasEnded {
          try? client.sendPlain([bytes[sent]])
          sent += 1
          _ = try? client.fill()
        }
        #expect(sent < bytes.count)
      }
    }
  }

  @Test func `at the limit a stalled handshake gives way to a new client`() async throws {
    let limits = HTTPServerConfiguration.forTests(maximumConnections: 1, idleBeforeGivingWayMilliseconds: 0)
    try await EncryptedServer.with(limits, loops: 1) { server in
      let stalled = try TestClient(server.address)
      try await eventually("the stalled client is counted") { server.server.connectionCount == 1 }
      #expect(try await server.openSSL.run(["-ign_eof"]).isAnswered)
      #expect(stalled.isAtEnd())
      #expect(server.server.connectionCounts.gaveWay == 1)
    }
  }

  @Test func `a stalled handshake does not hold up a stop`() async throws {
    try await EncryptedServer.with { server in
      let stalled = try TestClient(server.address)
      try await eventually("the stalled client is counted") { server.server.connectionCount == 1 }
      await server.server.stop(drainSeconds: 60)
      #expect(stalled.isAtEnd())
    }
  }

  @Test(arguments: [
    (["-tls1_2"], "TLSv1.2"), (["-tls1_3"], "TLSv1.3"),
    (["-alpn", "h2,http/1.1"], "ALPN protocol: http/1.1"),
    ([], "Compression: NONE"), (["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], "CHACHA20"),
    (["-curves", "P-256"], "ECDH, prime256v1"),
  ])
  func `a client may choose among the versions, ciphers and curves of today`(
    _ arguments: [String], _ sign: String
  ) async throws {
    try await EncryptedServer.with { server in
      let outcome = try await server.openSSL.run(["-ign_eof"] + arguments)
      #expect(outcome.isAnswered, "\(outcome.text)")
      #expect(outcome.text.contains(sign), "\(outcome.text)")
    }
  }

  @Test(arguments: [
    ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-CCM"],
    ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"], ["-alpn", "h2"], ["-curves", "P-521", "-tls1_2"],
    ["-curves", "P-384"],
  ])
  func `old versions, weak ciphers and other protocols fail the handshake`(_ arguments: [String]) async throws
  {
    try await EncryptedServer.with { server in
      let outcome = try await server.openSSL.run(["-ign_eof"] + arguments)
      #expect(!outcome.isAnswered && !outcome.isSuccess, "\(outcome.text)")
      #expect(outcome.text.contains("alert"), "not refused by the server: \(outcome.text)")
      try await eventually("the failure is counted") { server.encryption.counts.failedHandshakes == 1 }
    }
  }

  @Test func `a client cannot begin another handshake on the same connection`() async throws {
    try await EncryptedServer.with { server in
      // Without -ign_eof, a line that begins with R makes s_client renegotiate.
      let outcome = try await server.openSSL.run(["-tls1_2"], sending: "R\n")
      #expect(outcome.text.contains("RENEGOTIATING"), "\(outcome.text)")
      #expect(outcome.text.contains("no renegotiation"), "\(outcome.text)")
    }
  }
}

import HTTPServer
import Testing

/// What sslscan (Debian) reports about a listener.
@Suite("Scan of the listener") struct ScanTests {
  @Test func `a scanner finds TLS 1.2 and 1.3 with strong ciphers, and nothing else`() async throws {
    try await EncryptedServer.with { server in
      let scan = try await OpenSSLClient.run(
        "sslscan", ["--xml=-", "\(server.address.host):\(server.address.port)"])
      #expect(scan.isSuccess)
      let found = scan.text.split(separator: "\n")
      let enabled = found.filter { $0.contains("<protocol ") && $0.contains(#"enabled="1""#) }
      #expect(enabled.count == 2 && enabled.allSatisfy { $0.contains(#"type="tls""#) })
      #expect(enabled.contains { $0.contains(#""1.2""#) } && enabled.contains { $0.contains(#""1.3""#) })
      let ciphers = found.filter { $0.contains("<cipher ") }
      #expect(ciphers.count >= 6)
      for cipher in ciphers {
        #expect(cipher.contains(#"strength="strong""#) || cipher.contains(#"strength="acceptable""#))
      }
      #expect(found.contains { $0.contains(#"<renegotiation supported="0""#) })
      #expect(!scan.text.contains(#"vulnerable="1""#))
      #expect(!scan.text.contains("<compression supported=\"1\""))
    }
  }
}

import Cryptography
import HTTPServer
import Synchronization
import TestSupport
import Testing

@Suite("Session resumption") struct ResumptionTests {
  /// By the words for TLS 1.2 and 1.3.
  private static func hasTicket(_ outcome: OpenSSLClient.Outcome) -> Bool {
    ["TLS session ticket:", "New Session Ticket arrived"].contains { outcome.text.contains($0) }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `a client continues its session without a new key agreement`(_ version: String) async throws {
    try await EncryptedServer.with { server in
      let folder = try TemporaryFolder()
      let save = ["-ign_eof", version, "-sess_out", folder.file("session")]
      let restore = ["-ign_eof", version, "-sess_in", folder.file("session")]
      let first = try await server.openSSL.run(save)
      #expect(
        first.isAnswered && first.text.contains("New, TLS") && Self.hasTicket(first), "\(first.text)")
      let second = try await server.openSSL.run(restore)
      #expect(second.isAnswered && second.text.contains("Reused, TLS"), "\(second.text)")
      #expect(server.encryption.counts.resumedHandshakes == 1)
    }
  }

  @Test func `ticket keys change every hour, and tickets of a dropped key open nothing`() async throws {
    let clock = Clock()
    try await EncryptedServer.with(tickets: TicketKeys(now: { clock.seconds })) { server in
      let folder = try TemporaryFolder()
      let session = folder.file("session")
      _ = try await server.openSSL.run(["-ign_eof", "-sess_out", session])
      // The key that sealed it is no longer the newest, and still known.
      clock.advance(TicketKeys.rotationSeconds + 1)
      let later = try await server.openSSL.run(["-ign_eof", "-sess_in", session])
      #expect(later.text.contains("Reused, TLS"), "\(later.text)")
      clock.advance(TicketKeys.sessionSeconds)
      let tooLate = try await server.openSSL.run(["-ign_eof", "-sess_in", session])
      #expect(tooLate.isAnswered && tooLate.text.contains("New, TLS"), "\(tooLate.text)")
      #expect(server.encryption.counts.resumedHandshakes == 1)
    }
  }

  @Test func `a session continues after the certificate was replaced`() async throws {
    try await EncryptedServer.with { server in
      let folder = try TemporaryFolder()
      let session = folder.file("session")
      _ = try await server.openSSL.run(["-ign_eof", "-sess_out", session])
      try server.authority.replace(server.encryption.certificates.files)
      #expect(server.encryption.certificates.reload() == .replaced)
      let second = try await server.openSSL.run(["-ign_eof", "-sess_in", session])
      #expect(second.text.contains("Reused, TLS"), "\(second.text)")
    }
  }

  @Test(arguments: ["-tls1_2", "-tls1_3"])
  func `with an authority of clients no session continues, so that none outlives its client's certificate`(
    _ version: String
  ) async throws {
    let clients = try TestAuthority()
    try await EncryptedServer.with(files: { try $0.files(clientAuthorities: clients.certificateFile) }) {
      server in
      let client = try clients.issue(to: "")
      let shown = ["-ign_eof", version, "-cert", client.certificateFile, "-key", client.keyFile]
      let outcome = try await server.openSSL.run(shown)
      #expect(outcome.isAnswered && !Self.hasTicket(outcome), "\(outcome.text)")
    }
  }
}

private final class Clock: Sendable {
  private let now = Mutex<UInt64>(1_000)
  var seconds: UInt64 { now.withLock { $0 } }
  func advance(_ seconds: UInt64) { now.withLock { $0 += seconds } }
}

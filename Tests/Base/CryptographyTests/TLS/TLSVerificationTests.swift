import TestSupport
import Testing

@testable import Cryptography

@Suite("The certificates that a TLS client accepts")
struct TLSVerificationTests {
  private let authority: TestAuthority

  init() throws { authority = try TestAuthority() }

  /// Returns the error of a handshake with a server that has this certificate; nil when the client accepts it.
  private func refusal(
    of identity: TestAuthority.Identity, host: String, _ verification: TLSVerification? = nil
  ) throws -> TLSError? {
    let server = try TLSContext.server(
      certificateFile: identity.certificateFile, keyFile: identity.keyFile)
    let client = try TLSContext.client(verification ?? .full(authorityFile: authority.certificateFile))
    let pair = try TLSPair(client, host: host, server)
    do throws(TLSError) {
      try pair.start()
      try pair.settle()
    } catch {
      #expect(pair.client.state == .failed(error))
      #expect(!pair.fromClient.isEmpty, "there is no alert for the server")
      return error
    }
    #expect(pair.client.state == .established)
    return nil
  }

  @Test(arguments: [
    ("IP:127.0.0.1", "127.0.0.1"), ("IP:::1", "::1"), ("DNS:cache.test", "cache.test"),
    ("DNS:cache.test", "CACHE.test"), ("DNS:cache.test", "cache.test."),
    ("DNS:*.cache.test", "one.cache.test"),
    ("DNS:other.test,DNS:cache.test,IP:10.0.0.1", "10.0.0.1"),
  ])
  func `a certificate for this host by this authority is accepted`(names: String, host: String) throws {
    #expect(try refusal(of: authority.issue(to: names), host: host) == nil)
  }

  @Test(arguments: [
    ("DNS:cache.test", "cache.test.evil"), ("DNS:cache.test", "sub.cache.test"), ("DNS:cache.test", "test"),
    ("DNS:*.cache.test", "cache.test"), ("DNS:*.cache.test", "a.b.cache.test"),
    ("DNS:c*.test", "cache.test"), ("DNS:127.0.0.1", "localhost"), ("IP:127.0.0.1", "localhost"),
  ])
  func `a certificate for another name is refused`(names: String, host: String) throws {
    #expect(
      try refusal(of: authority.issue(to: names), host: host)
        == .untrustedCertificate(reason: "hostname mismatch"))
  }

  @Test(arguments: [
    ("IP:127.0.0.2", "127.0.0.1"), ("DNS:127.0.0.1", "127.0.0.1"), ("DNS:cache.test", "10.0.0.1"),
    ("IP:127.0.0.1", "::1"),
  ])
  func `a certificate for another address is refused`(names: String, host: String) throws {
    #expect(
      try refusal(of: authority.issue(to: names), host: host)
        == .untrustedCertificate(reason: "IP address mismatch"))
  }

  @Test func `the subject of a certificate is not a name of its server`() throws {
    for names in ["", "DNS:other.test"] {
      let identity = try authority.issue(to: names, subject: "/CN=cache.test")
      #expect(
        try refusal(of: identity, host: "cache.test") == .untrustedCertificate(reason: "hostname mismatch"))
    }
  }

  @Test func `a certificate of another authority is refused`() throws {
    let identity = try TestAuthority().issue(to: "IP:127.0.0.1")
    guard case .untrustedCertificate(let reason) = try refusal(of: identity, host: "127.0.0.1") else {
      Issue.record("it was accepted")
      return
    }
    #expect(reason == "unable to get local issuer certificate")
  }

  @Test func `an expired certificate is refused`() throws {
    let identity = try authority.issue(to: "IP:127.0.0.1", days: -1)
    #expect(
      try refusal(of: identity, host: "127.0.0.1")
        == .untrustedCertificate(reason: "certificate has expired"))
  }

  @Test func `without a file the client trusts the system's authorities alone`() throws {
    let identity = try authority.issue(to: "IP:127.0.0.1")
    guard
      case .untrustedCertificate = try refusal(of: identity, host: "127.0.0.1", .full(authorityFile: nil))
    else {
      Issue.record("it was accepted")
      return
    }
  }

  @Test func `without verification any certificate is accepted`() throws {
    let stranger = try TestAuthority().issue(to: "DNS:other.test", days: -1)
    #expect(try refusal(of: stranger, host: "127.0.0.1", TLSVerification.none) == nil)
  }

  @Test(arguments: ["", ".", ".cache.test", "cache.test\u{0}.evil", String(repeating: "a", count: 256)])
  func `a host that OpenSSL would not check, or check too little, is refused`(host: String) throws {
    let client = try TLSContext.client(.full(authorityFile: authority.certificateFile))
    #expect(throws: TLSError.invalidHost) { try TLSSession(client: client, host: host) }
  }

  @Test func `a file without authorities cannot be used`() throws {
    let key = try authority.issue(to: "IP:127.0.0.1").keyFile
    for path in ["/nowhere/ca.pem", key, "/dev/null"] {
      let error = #expect(throws: TLSError.self) { try TLSContext.client(.full(authorityFile: path)) }
      guard case .unusableFile(path, let reason) = try #require(error) else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!reason.isEmpty && !reason.contains("no reason"))
      if path.hasPrefix("/nowhere") { #expect(reason == "No such file or directory") }
    }
  }

  @Test func `the client announces a name to the server, and no address`() throws {
    let client = try TLSContext.client(.none)
    for (host, isAnnounced) in [("cache.test", true), ("127.0.0.1", false), ("::1", false)] {
      let session = try TLSSession(client: client, host: host)
      var output: [UInt8] = []
      try session.start(output: &output)
      #expect((output.firstRange(of: Array(host.utf8)) != nil) == isAnnounced)
    }
  }
}

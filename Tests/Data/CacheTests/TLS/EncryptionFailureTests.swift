import Cache
import DatabaseTestSupport
import EventLoop
import Secrets
import TestSupport
import Testing
import Transport

@testable import RedisDriver

@Suite("Connections that cannot be encrypted")
struct EncryptionFailureTests {
  private let options = RedisOptions.patient("encrypted")

  /// The error of opening a connection. Afterwards no descriptor is left.
  private func failure(
    _ configuration: CacheConfiguration, connectMilliseconds: Int = Patience.milliseconds
  ) async throws -> CacheError? {
    let fixture = try LoopFixture()
    var options = options
    options.timeouts.connectMilliseconds = connectMilliseconds
    let (loop, wanted) = (fixture.loop, options)
    do throws(CacheError) {
      let connection = try await RedisConnection.open(configuration, options: wanted, on: loop)
      // With TLS 1.3 a client is connected before the server refuses it.
      _ = try await connection.command(["PING"])
      await connection.close()
      return nil
    } catch {
      try await eventually("the descriptor is deregistered") {
        try await fixture.run { loop.registrationCount } == 0
      }
      return error
    }
  }

  private func expect(
    _ expected: CacheError?, from configuration: CacheConfiguration,
    connectMilliseconds: Int = Patience.milliseconds,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let error = try await failure(configuration, connectMilliseconds: connectMilliseconds)
    #expect(error == expected, sourceLocation: sourceLocation)
  }

  @Test func `a certificate of another authority is refused`() async throws {
    let other = try await RedisCertificate()
    try await EncryptedRedis.with(RedisCertificate()) { server in
      let untrusted = CacheError.untrustedServer("self-signed certificate in certificate chain")
      try await expect(untrusted, from: server.configuration(.verifyFull(authorityFile: other.authorityFile)))
      try await expect(untrusted, from: server.configuration(.verifyFull(authorityFile: nil)))
    }
  }

  @Test func `a certificate for another name or address is refused`() async throws {
    let named = try await RedisCertificate(issuingTo: "DNS:cache.test,IP:10.0.0.1")
    try await EncryptedRedis.with(named) { server in
      let tls = TLSMode.verifyFull(authorityFile: named.authorityFile)
      try await expect(.untrustedServer("IP address mismatch"), from: server.configuration(tls))
      try await expect(
        .untrustedServer("hostname mismatch"), from: server.configuration(tls, host: "localhost"))
    }
  }

  @Test func `a certificate for the name is accepted when the client connects to the name`() async throws {
    let named = try await RedisCertificate(issuingTo: "DNS:localhost")
    try await EncryptedRedis.with(named) { server in
      let tls = TLSMode.verifyFull(authorityFile: named.authorityFile)
      try await expect(nil, from: server.configuration(tls, host: "localhost"))
    }
  }

  @Test func `a client without an account refuses an untrusted server too`() async throws {
    let other = try await RedisCertificate()
    try await EncryptedRedis.with(RedisCertificate()) { server in
      var configuration = server.configuration(.verifyFull(authorityFile: other.authorityFile))
      configuration.user = ""
      configuration.password = Secret("")
      let (fixture, wanted) = (try LoopFixture(), configuration)
      let untrusted = CacheError.untrustedServer("self-signed certificate in certificate chain")
      await #expect(throws: untrusted) {
        try await RedisConnection.open(wanted, options: options, on: fixture.loop)
      }
    }
  }

  @Test func `the reason is in the cache's status and in the log`() async throws {
    let other = try await RedisCertificate()
    let log = LogRecorder()
    let fixture = try LoopFixture()
    try await EncryptedRedis.with(RedisCertificate()) { server in
      let cache = try Cache.open(
        service: "s",
        from: RedisSource(
          configuration: server.configuration(.verifyFull(authorityFile: other.authorityFile)),
          options: options),
        on: fixture.loop, logger: log.logger)
      let reason = "the cache server's certificate was refused: self-signed certificate in certificate chain"
      #expect(await cache.get(cache.key("k")) == nil)
      #expect(cache.status() == .unavailable(reason: reason))
      #expect(log.values(of: "reason") == [reason])
      await cache.close()
    }
  }

  @Test func `a server that requires a client certificate is reported with its reason`() async throws {
    let authority = try await RedisCertificate()
    try await EncryptedRedis.with(authority, settings: ["tls-auth-clients yes"]) { server in
      let error = try await failure(
        server.configuration(.verifyFull(authorityFile: authority.authorityFile)))
      #expect("\(String(describing: error))".contains("certificate required"), "\(String(describing: error))")
    }
  }

  @Test(arguments: [TLSMode.require, .verifyFull(authorityFile: nil)])
  func `a client sends nothing in the clear to a server that does not encrypt`(
    tls: TLSMode
  ) async throws {
    let server = try FakeServer { _ in .text("-ERR unknown command\r\n") }
    let configuration = CacheConfiguration(
      endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u",
      password: Secret("a-secret-password"), tls: tls)
    try await expect(.encryptionFailed("the TLS handshake failed: wrong version number"), from: configuration)
    #expect(!server.received.isEmpty)
    #expect(server.received.allSatisfy { !$0.contains("AUTH") && !$0.contains("a-secret-password") })
  }

  @Test func `the handshake has no more time than the connection`() async throws {
    let server = try FakeServer { _ in .nothing }
    let configuration = CacheConfiguration(
      endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", tls: .require)
    let reason = "127.0.0.1:\(server.port): no connection in time"
    try await expect(.unreachable(reason), from: configuration, connectMilliseconds: 150)
  }

  @Test func `a server that hangs up during the handshake is reported as such`() async throws {
    let server = try FakeServer { _ in .hangUp }
    let configuration = CacheConfiguration(
      endpoint: Endpoint(host: "127.0.0.1", port: server.port), user: "u", tls: .require)
    guard case .connectionLost = try await failure(configuration) else {
      Issue.record("another error")
      return
    }
  }

  @Test func `a client without encryption gets an error from an encrypting server in time`() async throws {
    try await EncryptedRedis.with(RedisCertificate()) { server in
      let error = try await failure(server.configuration(.disable), connectMilliseconds: 1000)
      #expect(error != nil)
    }
  }

  @Test func `a file without authorities, or no host at all, is refused when it is configured`() async throws
  {
    let fixture = try LoopFixture()
    for (file, host) in [("/nowhere/ca.pem", "localhost"), ("/dev/null", "localhost")] {
      let configuration = CacheConfiguration(
        endpoint: Endpoint(host: host, port: 6379), user: "u", tls: .verifyFull(authorityFile: file))
      let error = #expect(throws: CacheError.self) {
        try RedisConnection(configuration, options: options, on: fixture.loop)
      }
      guard case .encryptionFailed(let why) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(why.contains(file))
    }
    let nowhere = CacheConfiguration(
      endpoint: Endpoint(host: "", port: 6379), user: "u", tls: .verifyFull(authorityFile: nil))
    #expect(throws: CacheError.self) {
      try RedisConnection(nowhere, options: options, on: fixture.loop)
    }
  }
}

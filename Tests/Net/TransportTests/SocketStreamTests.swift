import Cryptography
import Glibc
import TestSupport
import Testing

@testable import Transport

@Suite("Streams over sockets, plain and encrypted") struct SocketStreamTests {
  /// The ways to protect a connection between a test's two ends.
  enum Protection: CaseIterable { case none, tls12, tls13 }

  private let authority: TestAuthority
  private let identity: TestAuthority.Identity

  init() throws {
    authority = try TestAuthority()
    identity = try authority.issue(to: "IP:127.0.0.1")
  }

  private func server(_ highestVersion: TLSVersion = .tls13) throws -> StreamSecurity {
    .server(
      try TLSContext.server(
        certificateFile: identity.certificateFile, keyFile: identity.keyFile, highestVersion: highestVersion))
  }

  private func client(trusting file: String? = nil) throws -> StreamSecurity {
    try .client(.verifyFull(authorityFile: file ?? authority.certificateFile), host: "127.0.0.1")
  }

  private func pair(_ protection: Protection = .tls13) throws -> StreamPair {
    switch protection {
    case .none: try StreamPair(client: .none, server: .none)
    case .tls12: try StreamPair(client: client(), server: server(.tls12))
    case .tls13: try StreamPair(client: client(), server: server(.tls13))
    }
  }

  private func established(_ protection: Protection = .tls13) throws -> StreamPair {
    let pair = try pair(protection)
    try pair.settle()
    return pair
  }

  private static func message(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  @Test(arguments: Protection.allCases)
  func `bytes pass in both directions, of every size`(protection: Protection) throws {
    let pair = try established(protection)
    for count in [1, 300, 16_384, 16_385, 70_000, 1 << 20] {
      let message = Self.message(count)
      #expect(try pair.send(message, from: pair.client, to: pair.server) == message)
      #expect(try pair.send(message, from: pair.server, to: pair.client) == message)
    }
  }

  @Test(arguments: Protection.allCases)
  func `a write takes what the kernel takes, and reports that it is blocked`(protection: Protection) throws {
    let pair = try established(protection)
    let message = Self.message(4 << 20)
    let first = try pair.client.write(message)
    #expect(first.state == .blocked)
    #expect(first.bytes < message.count)
    #expect(try pair.client.write([]).state == (protection == .none ? .done : .blocked))
    var received = try pair.read(pair.server)
    received += try pair.send(Array(message[first.bytes...]), from: pair.client, to: pair.server)
    #expect(received == message)
  }

  @Test(arguments: Protection.allCases)
  func `a write to a disconnected peer is an error and no signal`(protection: Protection) throws {
    let pair = try established(protection)
    shutdown(pair.server.socket.descriptor, Int32(SHUT_RDWR))
    let error = #expect(throws: StreamError.self) { try pair.client.write([1, 2, 3]) }
    guard case .socket(let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.reason == .peerGone)
  }

  @Test(arguments: Protection.allCases)
  func `the reader finds the end after the last bytes`(protection: Protection) throws {
    let pair = try established(protection)
    try pair.client.write([1, 2, 3])
    pair.client.finish()
    pair.client.socket.finishWriting()
    #expect(try pair.readOnce(pair.server) == .bytes(3))
    #expect(try pair.readOnce(pair.server) == .ended)
    #expect(try pair.readOnce(pair.server) == .ended)
  }

  @Test func `an announced end is found while the connection stands`() throws {
    let pair = try established()
    pair.client.finish()
    #expect(try pair.readOnce(pair.server) == .ended)
  }

  @Test func `bytes wait with the caller until the handshake is complete`() throws {
    let pair = try pair()
    #expect(pair.client.hasUnsentBytes)
    #expect(try pair.client.write([1, 2, 3]) == .init(bytes: 0, state: .handshaking))
    #expect(try pair.server.write([4]) == .init(bytes: 0, state: .handshaking))
    #expect(try pair.settle() == ([], []))
    #expect(try pair.client.write([1, 2, 3]) == .init(bytes: 3, state: .done))
    #expect(try pair.read(pair.server) == [1, 2, 3])
  }

  @Test func `a plain stream has nothing of its own to send`() throws {
    let pair = try pair(.none)
    #expect(!pair.client.hasUnsentBytes)
    #expect(try pair.client.write([]) == .init(bytes: 0, state: .done))
  }

  @Test func `nothing readable of a message is on the network`() throws {
    let pair = try established()
    let secret = Array("a-secret-password".utf8)
    try pair.client.write(secret)
    var wire = [UInt8](repeating: 0, count: 4096)
    guard case .bytes(let count) = try wire.withUnsafeMutableBytes({ try pair.server.socket.read(into: $0) })
    else {
      Issue.record("nothing was sent")
      return
    }
    #expect(count > secret.count)
    #expect(wire[..<count].firstRange(of: secret.suffix(6)) == nil)
  }
}

@Suite("Streams on a loop") struct StreamLoopTests {
  private let authority: TestAuthority
  private let identity: TestAuthority.Identity

  init() throws {
    authority = try TestAuthority()
    identity = try authority.issue(to: "IP:127.0.0.1")
  }

  private func client(_ isEncrypted: Bool) throws -> StreamSecurity {
    try .client(
      isEncrypted ? .verifyFull(authorityFile: authority.certificateFile) : .disable, host: "127.0.0.1")
  }

  @Test(arguments: [false, true])
  func `a listener's streams are served by readiness alone, with one read an event`(
    isEncrypted: Bool
  ) async throws {
    let identity = identity
    try await withLoop { loop in
      let listener = try Listener(on: .loopback(port: 0)) { socket, _ in
        loop.execute {
          do {
            let security = try StreamSecurity.server(
              certificateFile: identity.certificateFile, keyFile: identity.keyFile)
            let stream = try (isEncrypted ? security : .none).stream(over: socket)
            _ = try Echo(stream, on: loop)
          } catch {
            Issue.record("\(error)")
            socket.close()
          }
        }
      }
      let socket = try await Socket.connected(to: listener.address, on: loop, timeoutMilliseconds: 60_000)
      defer { socket.close() }
      let message = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      let echoed = try await Self.exchange(message, over: client(isEncrypted).stream(over: socket))
      #expect(echoed == message)
      await listener.closeAndWait()
    }
  }

  /// Sends the bytes, waits for as many, and returns them.
  private static func exchange(_ bytes: [UInt8], over stream: SocketStream) async throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: EncryptedSocket.minimumReadBytes)
    var (rest, received) = (bytes[...], [UInt8]())
    let deadline = ContinuousClock.now + .milliseconds(Patience.milliseconds)
    while received.count < bytes.count, ContinuousClock.now < deadline {
      rest = rest.dropFirst(try stream.write(Array(rest)).bytes)
      switch try buffer.withUnsafeMutableBytes({ try stream.read(into: $0) }) {
      case .bytes(let count): received += buffer[..<count]
      case .wouldBlock: try await Task.sleep(for: .milliseconds(1))
      case .ended: return received
      }
    }
    return received
  }
}

@Suite("Streams that cannot be encrypted") struct StreamFailureTests {
  private let authority: TestAuthority
  private let identity: TestAuthority.Identity

  init() throws {
    authority = try TestAuthority()
    identity = try authority.issue(to: "IP:127.0.0.1")
  }

  private func server() throws -> StreamSecurity {
    try .server(certificateFile: identity.certificateFile, keyFile: identity.keyFile)
  }

  private func client(_ host: String = "127.0.0.1", trusting file: String? = nil) throws -> StreamSecurity {
    try .client(.verifyFull(authorityFile: file ?? authority.certificateFile), host: host)
  }

  @Test func `the client refuses a certificate, and the server receives the alert`() throws {
    let pair = try StreamPair(client: client("cache.test"), server: server())
    #expect(throws: StreamError.tls(.untrustedCertificate(reason: "hostname mismatch"))) {
      try pair.settle()
    }
    pair.client.finish()
    let error = #expect(throws: StreamError.self) { try pair.settle() }
    guard case .tls(.handshakeFailed) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `the client refuses a certificate of another authority`() throws {
    let other = try TestAuthority()
    let pair = try StreamPair(client: client(trusting: other.certificateFile), server: server())
    let reason = "unable to get local issuer certificate"
    #expect(throws: StreamError.tls(.untrustedCertificate(reason: reason))) { try pair.settle() }
  }

  @Test func `without verification the client accepts any certificate`() throws {
    let pair = try StreamPair(client: .client(.require, host: "cache.test"), server: server())
    try pair.settle()
    #expect(try pair.send([1, 2, 3], from: pair.client, to: pair.server) == [1, 2, 3])
  }

  @Test func `a peer that does not encrypt fails the handshake on either end`() throws {
    let wrongVersion = StreamError.tls(.handshakeFailed(reason: "wrong version number"))
    let toPlainServer = try StreamPair(client: client(), server: .none)
    try toPlainServer.server.write(Array("-ERR unknown command\r\n".utf8))
    #expect(throws: wrongVersion) { try toPlainServer.read(toPlainServer.client) }
    let fromPlainClient = try StreamPair(client: .none, server: server())
    try fromPlainClient.client.write(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    #expect(throws: StreamError.tls(.handshakeFailed(reason: "http request"))) {
      try fromPlainClient.read(fromPlainClient.server)
    }
  }

  @Test func `bytes that are not part of the session break it for good`() throws {
    let pair = try StreamPair(client: client(), server: server())
    try pair.settle()
    let noise = [UInt8](repeating: 0x17, count: 64)
    _ = try noise.withUnsafeBytes { try pair.client.socket.write($0) }
    let error = #expect(throws: StreamError.self) { try pair.read(pair.server) }
    guard case .tls(.broken) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(throws: StreamError.tls(.notEstablished)) { try pair.server.write([1]) }
  }

  @Test func `a server's files must be readable, and its key must belong to its certificate`() throws {
    let other = try authority.issue(to: "IP:127.0.0.1")
    let files = [
      ("/nowhere/server.pem", identity.keyFile, "/nowhere/server.pem"),
      (identity.certificateFile, "/nowhere/server.key", "/nowhere/server.key"),
      (identity.keyFile, identity.keyFile, identity.keyFile),
      (identity.certificateFile, other.keyFile, other.keyFile),
    ]
    for (certificate, key, unusable) in files {
      let error = #expect(throws: TLSError.self) {
        try StreamSecurity.server(certificateFile: certificate, keyFile: key)
      }
      guard case .unusableFile(unusable, let reason) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(!reason.isEmpty)
    }
  }

  @Test func `a client's host and file of authorities are checked before it connects`() throws {
    #expect(throws: TLSError.invalidHost) { try client("") }
    let error = #expect(throws: TLSError.self) { try client(trusting: "/nowhere/ca.pem") }
    #expect(error == .unusableFile(path: "/nowhere/ca.pem", reason: "No such file or directory"))
    guard case .none = try StreamSecurity.client(.disable, host: "") else {
      Issue.record("it is encrypted")
      return
    }
  }
}

import COpenSSL
import TestSupport
import Testing

@testable import Cryptography

@Suite("A TLS session without a connection")
struct TLSSessionTests {
  private let authority: TestAuthority
  private let identity: TestAuthority.Identity
  private let client: TLSContext

  init() throws {
    authority = try TestAuthority()
    identity = try authority.issue(to: "IP:127.0.0.1,DNS:cache.test")
    client = try .client(.full(authorityFile: authority.certificateFile))
  }

  private func pair(_ version: TLSVersion = .tls13) throws -> TLSPair {
    let server = try TLSContext.server(
      certificateFile: identity.certificateFile, keyFile: identity.keyFile, highestVersion: version)
    return try TLSPair(client, host: "127.0.0.1", server)
  }

  private func established(_ version: TLSVersion = .tls13) throws -> TLSPair {
    let pair = try pair(version)
    try pair.start()
    try pair.settle()
    return pair
  }

  private static let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  @Test(arguments: TLSVersion.allCases)
  func `a handshake ends with both ends established, and each receives what the other sends`(
    version: TLSVersion
  )
    throws
  {
    let pair = try established(version)
    #expect(pair.client.state == .established)
    #expect(pair.server.state == .established)
    try pair.sendFromClient(Self.message)
    #expect(!pair.fromClient.isEmpty)
    try pair.sendFromServer(Self.message.reversed())
    try pair.settle()
    #expect(pair.heardByServer == Self.message)
    #expect(pair.heardByClient == Self.message.reversed())
  }

  @Test(arguments: TLSVersion.allCases)
  func `a handshake succeeds wherever the server's bytes are cut`(version: TLSVersion) throws {
    let whole = try pair(version)
    try whole.start()
    try whole.deliverToServer()
    // A signature may be some bytes shorter or longer than the last one.
    for place in 1..<whole.fromServer.count + 8 {
      let pair = try pair(version)
      try pair.start()
      try pair.settle(cutAt: [place])
      #expect(pair.client.state == .established, "cut after \(place) bytes")
    }
  }

  @Test(arguments: TLSVersion.allCases)
  func `a message arrives whole wherever its bytes are cut`(version: TLSVersion) throws {
    let pair = try established(version)
    try pair.sendFromServer(Self.message)
    let length = pair.fromServer.count
    try pair.settle()
    for place in 1..<length {
      pair.heardByClient = []
      try pair.sendFromServer(Self.message)
      try pair.deliverToClient(cutAt: [place])
      #expect(pair.heardByClient == Self.message, "cut after \(place) bytes")
    }
  }

  @Test(arguments: TLSVersion.allCases)
  func `everything arrives byte by byte, the handshake too`(version: TLSVersion) throws {
    let pair = try pair(version)
    let everywhere = Array(1..<100_000)
    try pair.start()
    try pair.settle(cutAt: everywhere)
    let long = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
    try pair.sendFromServer(long)
    try pair.settle(cutAt: everywhere)
    #expect(pair.heardByClient == long)
  }

  @Test func `a million bytes go through in both directions`() throws {
    let pair = try established()
    let long = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    try pair.sendFromClient(long)
    try pair.sendFromServer(long)
    try pair.settle()
    #expect(pair.heardByServer == long)
    #expect(pair.heardByClient == long)
  }

  /// A message of the protocol without data: the client's new keys (RFC 8446, section 4.6.3).
  private func renewKeys(_ pair: TLSPair) throws {
    #expect(SSL_key_update(pair.client.session, SSL_KEY_UPDATE_NOT_REQUESTED) == 1)
    #expect(SSL_do_handshake(pair.client.session) == 1)
    try pair.deliverToClient()
  }

  @Test(arguments: [true, false])
  func `a peer sends a bounded number of messages without data, at once or one by one`(isAtOnce: Bool) throws
  {
    let pair = try established()
    for _ in 0..<32 {
      try renewKeys(pair)
      if !isAtOnce { try pair.deliverToServer() }
    }
    try pair.sendFromClient(Self.message)
    try pair.deliverToServer()
    #expect(pair.heardByServer == Self.message)
    try renewKeys(pair)
    #expect(throws: TLSError.broken(reason: "too many messages without data")) { try pair.deliverToServer() }
  }

  @Test func `data permits further messages, however its records are cut`() throws {
    let pair = try established()
    for _ in 0..<32 { try renewKeys(pair) }
    for _ in 0..<3 {
      try pair.sendFromClient([UInt8](repeating: 1, count: 65_536))
      try renewKeys(pair)
    }
    let bytes = pair.fromClient
    for byte in bytes {
      pair.fromClient = [byte]
      try pair.deliverToServer()
    }
    #expect(pair.heardByServer.count == 3 * 65_536)
    try renewKeys(pair)
    #expect(throws: TLSError.self) { try pair.deliverToServer() }
  }

  @Test func `nothing readable of a message is in its ciphertext`() throws {
    let pair = try established()
    let secret = Array("AUTH backend-api-cache a-secret-password".utf8)
    try pair.sendFromClient(secret)
    #expect(pair.fromClient.firstRange(of: secret.suffix(8)) == nil)
  }

  @Test(arguments: TLSVersion.allCases)
  func `a session announces its end, which differs from a lost connection`(version: TLSVersion) throws {
    let pair = try established(version)
    try pair.sendFromServer([1, 2, 3])
    pair.server.close(output: &pair.fromServer)
    try pair.deliverToClient()
    #expect(pair.heardByClient == [1, 2, 3])
    #expect(pair.client.state == .endedByPeer)
    try pair.sendFromClient([1])
    pair.client.close(output: &pair.fromClient)
    #expect(throws: TLSError.notEstablished) { try pair.sendFromClient([1]) }
    #expect(pair.client.state == .closed)
    #expect(!pair.fromClient.isEmpty)
    try pair.deliverToServer()
  }

  @Test func `nothing is sent before the end of the handshake, and nothing is received after the end`() throws
  {
    let early = try pair()
    #expect(throws: TLSError.notEstablished) { try early.sendFromClient([1]) }
    let pair = try established()
    pair.client.close(output: &pair.fromClient)
    try pair.sendFromServer([1, 2, 3])
    try pair.deliverToClient()
    #expect(pair.heardByClient.isEmpty)
    #expect(throws: TLSError.notEstablished) { try pair.sendFromClient([1]) }
  }

  @Test(arguments: TLSVersion.allCases)
  func `a message that was altered anywhere is never received`(version: TLSVersion) throws {
    let whole = try established(version)
    try whole.sendFromServer(Self.message)
    for place in stride(from: 0, to: whole.fromServer.count, by: 5) {
      let pair = try established(version)
      try pair.sendFromServer(Self.message)
      pair.fromServer[place] ^= 0x40
      // A length that was altered upwards makes the client wait for the rest; everything else is an error.
      _ = Result { () throws(TLSError) in try pair.deliverToClient() }
      #expect(pair.heardByClient.isEmpty, "byte \(place)")
    }
  }

  @Test func `an altered message breaks the session for good, and the peer receives an alert`() throws {
    let pair = try established()
    try pair.sendFromServer(Self.message)
    pair.fromServer[pair.fromServer.count - 1] ^= 1
    let error = #expect(throws: TLSError.self) { try pair.deliverToClient() }
    guard case .broken(let reason) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(!reason.isEmpty)
    #expect(pair.client.state == .failed(.broken(reason: reason)))
    #expect(!pair.fromClient.isEmpty, "no alert")
    #expect(throws: TLSError.self) { try pair.deliverToServer() }
    #expect(throws: TLSError.notEstablished) { try pair.sendFromClient([1]) }
  }

  @Test func `the client offers TLS 1.3 and 1.2, and nothing older`() throws {
    let pair = try pair()
    try pair.start()
    // The extension `supported_versions` (RFC 8446, section 4.2.1) with exactly these two.
    let offer: [UInt8] = [0x00, 0x2B, 0x00, 0x05, 0x04, 0x03, 0x04, 0x03, 0x03]
    #expect(pair.fromClient.firstRange(of: offer) != nil)
  }

  @Test(arguments: [
    "-ERR unknown command\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
  ])
  func `a server with another protocol fails the handshake`(answer: String) throws {
    let pair = try pair()
    try pair.start()
    pair.fromServer = Array(answer.utf8)
    let error = #expect(throws: TLSError.self) { try pair.deliverToClient() }
    #expect(error == .handshakeFailed(reason: "wrong version number"))
  }

  @Test func `a server that refuses the handshake is reported with its reason`() throws {
    let pair = try pair()
    try pair.start()
    // A fatal alert, handshake_failure (RFC 8446, section 6).
    pair.fromServer = [21, 3, 3, 0, 2, 2, 40]
    let error = #expect(throws: TLSError.self) { try pair.deliverToClient() }
    guard case .handshakeFailed(let reason) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.contains("handshake failure"))
  }

  @Test func `noise does not crash the client and is never a message`() throws {
    for _ in 0..<300 {
      let pair = try pair()
      try pair.start()
      pair.fromServer = (0..<Int.random(in: 1...400)).map { _ in UInt8.random(in: 0...255) }
      _ = Result { () throws(TLSError) in try pair.deliverToClient() }
      #expect(pair.heardByClient.isEmpty)
      #expect(pair.client.state != .established)
    }
  }
}

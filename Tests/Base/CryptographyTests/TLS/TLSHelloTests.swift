import TestSupport
import Testing

@testable import Cryptography

/// What a server's session takes of a client that never completes its handshake.
@Suite("The beginning of a TLS session") struct TLSHelloTests {
  private let server: TLSContext
  private let client: TLSContext

  init() throws {
    let authority = try TestAuthority()
    let identity = try authority.issue(to: "IP:127.0.0.1")
    server = try .server(certificateFile: identity.certificateFile, keyFile: identity.keyFile)
    client = try .client(.full(authorityFile: authority.certificateFile))
  }

  /// A record of a handshake with these bytes.
  private static func record(_ bytes: [UInt8], kind: UInt8 = 22) -> [UInt8] {
    [kind, 3, 1, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
  }

  /// The first bytes of a hello of this length.
  private static func hello(_ length: Int) -> [UInt8] {
    [1, UInt8(length >> 16), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), 3, 3]
  }

  private func receive(_ bytes: [UInt8], _ session: TLSSession) throws {
    let room = bytes.count + TLSSession.maximumRecordBytes
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
    defer { buffer.deallocate() }
    var output: [UInt8] = []
    _ = try bytes.withUnsafeBytes { try session.receive($0, plaintext: buffer, output: &output) }
  }

  @Test(arguments: [HelloGuard.maximumBytes + 1, 131_000, 0xFF_FFFF])
  func `a hello that announces too many bytes ends the session before memory is taken for it`(
    length: Int
  ) throws {
    let session = try TLSSession(server: server)
    let error = #expect(throws: TLSError.self) { try receive(Self.record(Self.hello(length)), session) }
    #expect(error == .handshakeFailed(reason: "the client announces too long a hello"))
  }

  @Test func `its length is found in records of one byte, behind an empty one and an alert, in pieces`() {
    var search = HelloGuard()
    let bytes =
      Self.record([]) + Self.record([1, 0], kind: 21) + Self.hello(131_000).flatMap { Self.record([$0]) }
    let place = bytes.firstIndex { byte in withUnsafeBytes(of: byte) { search.pass($0) } == nil }
    // The fourth byte of the hello.
    #expect(place == 5 + 7 + 4 * 6 - 1)
  }

  @Test func `the second hello of a client counts too`() {
    var search = HelloGuard()
    let first = Self.record(Self.hello(4) + [0, 0])
    let second = Self.record([1], kind: 20) + Self.record(Self.hello(131_000))
    let passed = (first + second).withUnsafeBytes { search.pass($0) }
    #expect(passed == first.count)
    #expect(search.hasPassedHello)
    #expect(second.withUnsafeBytes { search.pass($0) } == nil)
  }

  @Test func `the search ends with the first other message`() {
    for end in [Self.record([11, 0xFF, 0xFF, 0xFF]), Self.record([1], kind: 23)] {
      var search = HelloGuard()
      let bytes = Self.record(Self.hello(2)) + end + Self.record(Self.hello(131_000))
      _ = bytes.withUnsafeBytes { search.pass($0) }
      #expect(bytes.dropFirst(11).withUnsafeBytes { search.pass($0) } == bytes.count - 11)
      #expect(search.isDone)
    }
  }

  @Test func `a session holds a part of a record until its rest arrives`() throws {
    let pair = try TLSPair(client, host: "127.0.0.1", server)
    try pair.start()
    try pair.settle()
    #expect(!pair.server.holdsPartOfRecord)
    var sealed: [UInt8] = []
    try Array("text".utf8).withUnsafeBytes { try pair.client.send($0, output: &sealed) }
    try receive(Array(sealed.dropLast()), pair.server)
    #expect(pair.server.holdsPartOfRecord)
    try receive(Array(sealed.suffix(1)), pair.server)
    #expect(!pair.server.holdsPartOfRecord)
  }
}

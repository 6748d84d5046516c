import Clock
import Cryptography

/// The TLS session of one connection. It does no I/O: the connection passes it what the socket received, and sends what
/// it seals.
///
/// The connection stores ciphertext that the socket does not accept among its unsent bytes. So the limits of unsent
/// bytes hold for encrypted connections too, and a plain connection pays one comparison a read and a write.
final class ConnectionEncryption {
  /// What bytes of the network were.
  enum Input {
    /// The number of bytes of plaintext, now at the beginning of the buffer.
    case plaintext(Int)
    /// A step of the handshake, or part of a record.
    case incomplete
    /// The client announces that it sends no more.
    case ended
    /// The client speaks HTTP without TLS.
    case plainRequest
    /// The handshake failed, or a record was altered.
    case failed
  }

  /// The most plaintext in one record (RFC 8446, section 5.1). Sealing in this size keeps OpenSSL's buffers small.
  private static let recordBytes = 16_384

  private let session: TLSSession
  private let server: ServerEncryption
  private var hasReceivedBytes = false

  /// The end of the time for the handshake; nil once it is complete.
  private(set) var handshakeDeadline: Deadline?
  /// When the connection began.
  let beginning: Deadline
  /// Ciphertext that the connection must send: steps of the handshake, records, alerts.
  private(set) var sealed: [UInt8] = []

  init(_ server: ServerEncryption, handshakeMilliseconds: Int) throws(TLSError) {
    session = try TLSSession(server: server.certificates.context)
    self.server = server
    let now = MonotonicClock.nanoseconds()
    beginning = Deadline(nanoseconds: now)
    handshakeDeadline = Deadline(millisecondsFromNow: handshakeMilliseconds, now: now)
  }

  /// Whether the session still takes bytes. After the end, the connection drops them.
  var isOpen: Bool {
    switch session.state {
    case .handshaking, .established: true
    case .endedByPeer, .closed, .failed: false
    }
  }

  /// The memory of a session that has begun and is not established.
  static let handshakeBytes = 49_152
  /// The memory of a part of a record: OpenSSL takes that of a whole one, and what it came in stays beside it.
  static let partialRecordBytes = 2 * TLSSession.maximumRecordBytes

  /// The memory of what has arrived and is not decrypted.
  var heldBytes: Int {
    switch session.state {
    case .handshaking: hasReceivedBytes ? Self.handshakeBytes : 0
    case .established: session.holdsPartOfRecord ? Self.partialRecordBytes : 0
    case .endedByPeer, .closed, .failed: 0
    }
  }

  /// Whether the client has announced its end.
  var hasEnded: Bool { session.state == .endedByPeer }

  /// Decrypts the first `count` bytes of the buffer, in place. The buffer has ``TLSSession/maximumRecordBytes`` more.
  func open(_ count: Int, in buffer: UnsafeMutableRawBufferPointer) -> Input {
    server.countReceived(count)
    if !hasReceivedBytes, Self.isLetter(buffer[0]) { return .plainRequest }
    hasReceivedBytes = true
    do throws(TLSError) {
      let ciphertext = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      let bytes = try session.receive(ciphertext, plaintext: buffer, output: &sealed)
      noteHandshake()
      if bytes > 0 { return .plaintext(bytes) }
      return hasEnded ? .ended : .incomplete
    } catch {
      return .failed
    }
  }

  /// Encrypts bytes. False where the handshake is not complete or the session has failed.
  func seal(_ plaintext: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    do throws(TLSError) {
      while position < plaintext.count {
        let end = min(plaintext.count, position + Self.recordBytes)
        try session.send(UnsafeRawBufferPointer(rebasing: plaintext[position..<end]), output: &sealed)
        position = end
      }
      return true
    } catch {
      return false
    }
  }

  /// Announces the end. A handshake that is not complete has failed.
  func end() {
    if handshakeDeadline != nil { server.countFailure() }
    handshakeDeadline = nil
    session.close(output: &sealed)
  }

  /// Takes the bytes that the connection must send.
  func takeSealed() -> [UInt8] {
    defer { sealed = [] }
    server.countSent(sealed.count)
    return sealed
  }

  private func noteHandshake() {
    switch session.state {
    case .established, .endedByPeer:
      guard handshakeDeadline != nil else { return }
      handshakeDeadline = nil
      server.countHandshake(isResumed: session.isResumed)
    case .handshaking, .closed, .failed: break
    }
  }

  /// A record of TLS begins with a number below 32, a method of HTTP with a letter.
  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & ~0x20) }
}

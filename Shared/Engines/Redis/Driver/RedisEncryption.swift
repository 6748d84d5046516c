import Cache
import Cryptography
import Transport

/// Stands between the socket and the protocol of an encrypted connection. Confined to its loop.
final class RedisEncryption {
  /// What became of bytes that were to be written.
  enum Progress {
    /// The kernel has them all.
    case written
    /// The kernel takes no more for now.
    case blocked
    /// They wait for the end of the handshake.
    case handshaking
  }

  /// Plaintext that is encrypted in one go: what the kernel does not take now need not be held twice.
  private static let sealedBytesAtOnce = 1 << 18

  private let session: TLSSession
  private var sealed: [UInt8] = []
  private var opened: [UInt8] = []

  init(_ session: TLSSession) { self.session = session }

  /// Whether the server has said that nothing more will come.
  var isEndedByServer: Bool { session.state == .endedByPeer }

  /// Whether the session has something to say by itself, which ``write(_:to:)`` takes along: a step of the handshake.
  var hasAnswers: Bool { !sealed.isEmpty }

  /// Whether commands may go out.
  var isEstablished: Bool { session.state == .established }

  /// Begins the handshake.
  func start() throws(CacheError) {
    try translate { () throws(TLSError) in try session.start(output: &sealed) }
  }

  /// Decrypts what came from the network and gives it to the reader.
  func open(
    _ ciphertext: UnsafeRawBufferPointer, _ read: (UnsafeRawBufferPointer) throws(CacheError) -> Void
  ) throws(CacheError) {
    defer { opened.removeAll(keepingCapacity: true) }
    try translate { () throws(TLSError) in
      try session.receive(ciphertext, plaintext: &opened, output: &sealed)
    }
    guard !opened.isEmpty else { return }
    try opened.withUnsafeBufferPointer { (bytes) throws(CacheError) in try read(UnsafeRawBufferPointer(bytes))
    }
  }

  /// Encrypts and writes as much as the kernel takes, and removes from `plaintext` what has been encrypted.
  func write(_ plaintext: inout [UInt8], to socket: Socket) throws(CacheError) -> Progress {
    var taken = 0
    defer { plaintext.removeFirst(taken) }
    while true {
      if isEstablished, taken < plaintext.count {
        let next = taken..<min(plaintext.count, taken + Self.sealedBytesAtOnce)
        try seal(plaintext[next])
        taken = next.upperBound
      }
      guard try writeSealed(to: socket) else { return .blocked }
      guard isEstablished else { return .handshaking }
      if taken == plaintext.count { return .written }
    }
  }

  /// Says goodbye, or why it is over, as far as the kernel takes it: nobody waits for it.
  func finish(on socket: Socket) {
    session.close(output: &sealed)
    _ = try? writeSealed(to: socket)
  }

  private func seal(_ plaintext: ArraySlice<UInt8>) throws(CacheError) {
    try plaintext.withUnsafeBufferPointer { (bytes) throws(CacheError) in
      try translate { () throws(TLSError) in try session.send(UnsafeRawBufferPointer(bytes), output: &sealed)
      }
    }
  }

  /// Returns whether everything that was encrypted is with the kernel.
  private func writeSealed(to socket: Socket) throws(CacheError) -> Bool {
    var written = 0
    defer { sealed.removeFirst(written) }
    while written < sealed.count {
      switch try write(sealed[written...], to: socket) {
      case .bytes(let count): written += count
      case .wouldBlock: return false
      }
    }
    return true
  }

  private func write(_ bytes: ArraySlice<UInt8>, to socket: Socket) throws(CacheError) -> Socket.WriteOutcome
  {
    do throws(SocketError) {
      return try bytes.withUnsafeBufferPointer { (bytes) throws(SocketError) in
        try socket.write(UnsafeRawBufferPointer(bytes))
      }
    } catch {
      throw .connectionLost("\(error)")
    }
  }

  private func translate(_ body: () throws(TLSError) -> Void) throws(CacheError) {
    do throws(TLSError) {
      try body()
    } catch {
      throw CacheError(error)
    }
  }
}

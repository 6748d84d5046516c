import Cryptography

/// A TLS session over a connected, non-blocking socket: the client's or the server's end.
///
/// It encrypts what the caller writes and decrypts what the peer sends, and completes the handshake meanwhile. It
/// keeps ciphertext that the kernel has not taken, and no plaintext. Like its socket it is confined to one loop. The
/// owner closes the descriptor.
package final class EncryptedSocket {
  /// The most plaintext encrypted before the kernel takes its ciphertext, so that large writes are not held twice.
  private static let bytesAtOnce = 1 << 18

  /// The smallest buffer that ``read(into:)`` accepts: the rest of one record and one more record.
  package static let minimumReadBytes = 2 * TLSSession.maximumRecordBytes

  /// The connected socket.
  package let socket: Socket
  private let session: TLSSession
  /// Ciphertext that the kernel has not taken: records, steps of the handshake, alerts.
  private var sealed: [UInt8] = []

  /// The client's end; the handshake's first message leaves with the first ``write(_:)``.
  /// - Throws: `invalidHost` for a host that is not a name or address.
  package convenience init(
    _ socket: Socket, client context: TLSContext, host: String
  ) throws(TLSError) {
    self.init(socket, try TLSSession(client: context, host: host))
    try session.start(output: &sealed)
  }

  /// The server's end, which waits for the client's first message.
  package convenience init(_ socket: Socket, server context: TLSContext) throws(TLSError) {
    self.init(socket, try TLSSession(server: context))
  }

  private init(_ socket: Socket, _ session: TLSSession) {
    self.socket = socket
    self.session = session
  }

  /// Whether ``write(_:)`` has ciphertext to send, even without new plaintext.
  package var hasUnsentBytes: Bool { !sealed.isEmpty }

  /// Reads and decrypts once. `wouldBlock` also means that the bytes read were a step of the handshake or part of a
  /// record. The answers of the handshake leave with the next ``write(_:)``.
  ///
  /// It decrypts everything that it can, so the loop's readiness is enough to continue. A buffer has at least
  /// ``minimumReadBytes``.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(StreamError) -> Socket.ReadOutcome {
    precondition(buffer.count >= Self.minimumReadBytes, "the buffer is too small")
    if case .endedByPeer = session.state { return .ended }
    let room = UnsafeMutableRawBufferPointer(
      rebasing: buffer[..<(buffer.count - TLSSession.maximumRecordBytes)])
    let count: Int
    do throws(SocketError) {
      switch try socket.read(into: room) {
      case .bytes(let bytes): count = bytes
      case .wouldBlock: return .wouldBlock
      case .ended: return .ended
      }
    } catch {
      throw .socket(error)
    }
    do throws(TLSError) {
      let bytes = try session.receive(
        UnsafeRawBufferPointer(rebasing: room[..<count]), plaintext: buffer, output: &sealed)
      if bytes > 0 { return .bytes(bytes) }
    } catch {
      throw .tls(error)
    }
    return session.state == .endedByPeer ? .ended : .wouldBlock
  }

  /// Encrypts and writes as much as the kernel takes, after the unsent bytes. Empty `bytes` write only those.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(StreamError) -> SocketStream.WriteProgress {
    var taken = 0
    while true {
      if taken < bytes.count, session.state != .handshaking {
        let end = min(bytes.count, taken + Self.bytesAtOnce)
        try seal(UnsafeRawBufferPointer(rebasing: bytes[taken..<end]))
        taken = end
      }
      guard try writeSealed() else { return .init(bytes: taken, state: .blocked) }
      if case .handshaking = session.state { return .init(bytes: taken, state: .handshaking) }
      if taken == bytes.count { return .init(bytes: taken, state: .done) }
    }
  }

  /// Sends the end of the data or the alert of a failure, as far as the kernel takes it at once.
  package func finishWriting() {
    session.close(output: &sealed)
    _ = try? writeSealed()
  }

  private func seal(_ plaintext: UnsafeRawBufferPointer) throws(StreamError) {
    do throws(TLSError) {
      try session.send(plaintext, output: &sealed)
    } catch {
      throw .tls(error)
    }
  }

  /// Returns whether the kernel has taken all ciphertext.
  private func writeSealed() throws(StreamError) -> Bool {
    var written = 0
    defer { sealed.removeFirst(written) }
    do throws(SocketError) {
      while written < sealed.count {
        let outcome = try sealed.withUnsafeBufferPointer { (bytes) throws(SocketError) in
          try socket.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[written...])))
        }
        switch outcome {
        case .bytes(let count): written += count
        case .wouldBlock: return false
        }
      }
    } catch {
      throw .socket(error)
    }
    return true
  }
}

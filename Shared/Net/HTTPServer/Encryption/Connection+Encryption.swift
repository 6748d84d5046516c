import Cryptography
import Routing
import Transport

// An encrypted connection differs from a plain one in these functions.
extension Connection {
  /// Reads once and decrypts. The result is that of a plain read; nil when the connection has failed. What the session has
  /// to send, the tickets of a handshake, say, then leaves with the response to what was read.
  func readDecrypted(
    _ encryption: ConnectionEncryption, into scratch: UnsafeMutableRawBufferPointer
  ) -> Socket.ReadOutcome? {
    if encryption.hasEnded { return .ended }
    guard encryption.isOpen else { return try? socket.read(into: scratch) }
    let room = UnsafeMutableRawBufferPointer(
      rebasing: scratch[..<(scratch.count - TLSSession.maximumRecordBytes)])
    let outcome = try? socket.read(into: room)
    guard case .bytes(let count) = outcome else { return outcome }
    let wasShakingHands = isShakingHands
    let input = encryption.open(count, in: scratch)
    if wasShakingHands, !isShakingHands { handshakeCompleted() }
    switch input {
    case .plaintext(let count): return .bytes(count)
    case .incomplete: return .wouldBlock
    case .ended: return .ended
    case .failed: return nil
    case .plainRequest:
      refusePlainRequest()
      return .wouldBlock
    }
  }

  /// Encrypts and writes the gathered responses. The announcement of the end leaves with the last one, in the same write.
  func writeEncrypted(_ bytes: UnsafeRawBufferPointer, _ encryption: ConnectionEncryption) {
    // Before the end of the handshake there is no way to respond.
    guard encryption.seal(bytes) else { return close() }
    if case .closing = state { encryption.end() }
    sendSealed(encryption)
  }

  /// Sends the announcement of the end, if it follows whole records.
  func endEncryption() {
    guard let encryption else { return }
    encryption.end()
    let alert = encryption.takeSealed()
    guard unsent == nil, !alert.isEmpty else { return }
    // The connection ends either way.
    _ = try? alert.withUnsafeBytes { try socket.write($0) }
  }

  /// Whether the connection waits for the client's part of a handshake.
  var isShakingHands: Bool { encryption?.handshakeDeadline != nil }

  /// Sends what the session has sealed.
  func sendSealed(_ encryption: ConnectionEncryption) {
    if encryption.sealed.isEmpty { return }
    encryption.takeSealed().withUnsafeBytes { writePlain($0) }
  }

  /// The time for the first request begins now. A draining server keeps its own limit.
  private func handshakeCompleted() {
    if !server.isDraining { restartDeadline() }
  }

  /// Responds in plain HTTP, which is all that this client reads.
  private func refusePlainRequest() {
    endEncryption()
    encryption = nil
    respondAndClose(Problem(.badRequest, detail: "This port speaks HTTPS. Use a URL that begins with https."))
    flushGathered()
  }
}

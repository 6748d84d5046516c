import COpenSSL

/// One end of a TLS connection, without the connection: bytes from the network go in, and bytes for the network and for
/// the reader come out. It does no I/O; the owner of the socket does.
///
/// ```swift
/// let session = try TLSSession(client: context, host: "cache.internal")
/// try session.start(output: &toNetwork)
/// let count = try session.receive(fromNetwork, plaintext: buffer, output: &toNetwork)
/// if session.state == .established { try session.send(message, output: &toNetwork) }
/// ```
/// The caller sends what is in `output` in any case, also when a call throws: it is the alert that gives the peer the
/// reason. A session belongs to one thread or loop. OpenSSL's manual: `ssl(7)`, `BIO_s_mem(3)`.
package final class TLSSession {
  /// The phases of a connection.
  package enum State: Sendable, Hashable {
    /// The two ends agree on keys; the caller may not send yet.
    case handshaking
    /// The caller may send and receive.
    case established
    /// The peer has announced the end of its data (`close_notify`); the caller may still send.
    case endedByPeer
    /// The caller has called ``TLSSession/close(output:)``.
    case closed
    /// The connection ended with this error.
    case failed(TLSError)
  }

  /// The most bytes of one record on the network: its header, 16,384 bytes of plaintext, and the 2,048 bytes that
  /// encryption may add (RFC 5246, section 6.2.3; RFC 8446, section 5.2, allows 256).
  package static let maximumRecordBytes = 5 + 16_384 + 2_048

  /// OpenSSL's `SSL`.
  let session: OpaquePointer
  /// Retained for the keys of session tickets.
  private let context: TLSContext
  /// Bytes from the network that are not decrypted yet. `session` owns both queues.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer

  /// The phase of the connection.
  package private(set) var state = State.handshaking
  /// Bounds the memory of a client's hello; nil once none can follow.
  private var helloGuard: HelloGuard?
  private var handshakeBytes = 0
  /// Counts the messages of the protocol that arrive: handshakes, new keys, tickets, alerts.
  private let protocolMessages: UnsafeMutablePointer<UInt32>
  private var receivedBytes = 0

  /// The client's end. The host is the name or address that the caller connected to.
  /// - Throws: `invalidHost` for a text that is not a host name or address.
  package convenience init(client context: TLSContext, host: String) throws(TLSError) {
    let name = try TLSServerName(host)
    try self.init(context)
    try name.demand(of: session)
    SSL_set_connect_state(session)
  }

  /// The server's end.
  package convenience init(server context: TLSContext) throws(TLSError) {
    try self.init(context)
    helloGuard = HelloGuard()
    SSL_set_accept_state(session)
  }

  private init(_ context: TLSContext) throws(TLSError) {
    ERR_clear_error()
    guard let session = SSL_new(context.handle) else { throw .fromLibrary("SSL_new") }
    guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
      SSL_free(session)
      throw .fromLibrary("BIO_new")
    }
    SSL_set_bio(session, incoming, outgoing)
    self.session = session
    self.context = context
    self.incoming = incoming
    self.outgoing = outgoing
    protocolMessages = .allocate(capacity: 1)
    protocolMessages.initialize(to: 0)
    bulkhead_ssl_count_messages(session, protocolMessages)
  }

  deinit {
    SSL_free(session)
    protocolMessages.deallocate()
  }

  /// Whether a part of a record waits for its rest.
  package var holdsPartOfRecord: Bool { SSL_has_pending(session) == 1 || BIO_ctrl_pending(incoming) > 0 }

  /// Whether the handshake continued an earlier session, which needs no certificate and no new key agreement.
  package var isResumed: Bool { SSL_session_reused(session) == 1 }

  /// Begins the handshake; only the client has something to send.
  package func start(output: inout [UInt8]) throws(TLSError) {
    defer { drain(into: &output) }
    if case .handshaking = state { try shakeHands() }
  }

  /// Takes bytes from the network, cut at any place. It returns how many bytes of plaintext it has written to
  /// `plaintext`, and appends answers to `output`. Bytes after the end are dropped.
  ///
  /// `plaintext` has room for `ciphertext.count` and ``maximumRecordBytes`` more, because the last call may have left a
  /// part of a record. It may begin where `ciphertext` begins, because the session copies that first.
  package func receive(
    _ ciphertext: UnsafeRawBufferPointer, plaintext: UnsafeMutableRawBufferPointer, output: inout [UInt8]
  ) throws(TLSError) -> Int {
    precondition(plaintext.count >= ciphertext.count + Self.maximumRecordBytes, "the buffer is too small")
    defer { drain(into: &output) }
    if case .handshaking = state { try shakeHands(over: ciphertext) } else { try feed(ciphertext) }
    guard case .established = state else { return 0 }
    return try decrypt(into: plaintext)
  }

  /// Encrypts bytes for the network.
  package func send(_ plaintext: UnsafeRawBufferPointer, output: inout [UInt8]) throws(TLSError) {
    switch state {
    case .established, .endedByPeer: break
    case .handshaking, .closed, .failed: throw .notEstablished
    }
    guard !plaintext.isEmpty else { return }
    defer { drain(into: &output) }
    var taken = 0
    ERR_clear_error()
    guard SSL_write_ex(session, plaintext.baseAddress, plaintext.count, &taken) == 1, taken == plaintext.count
    else { throw fail(.broken(reason: TLSReason.take().text)) }
  }

  /// Announces the end of the data, so that the peer can distinguish it from a lost connection.
  package func close(output: inout [UInt8]) {
    switch state {
    case .established, .endedByPeer:
      ERR_clear_error()
      _ = SSL_shutdown(session)
      ERR_clear_error()
      state = .closed
      drain(into: &output)
    case .handshaking: state = .closed
    case .closed, .failed: break
    }
  }
}

extension TLSSession {
  /// The messages of the protocol that every peer may send after its handshake, and the bytes of data that permit one more.
  private static let firstMessages = 32
  private static let bytesForMessage = 65_536
  /// The most bytes of a handshake: two hellos, and a client's certificates where they are asked for.
  private static let maximumHandshakeBytes = 2 * HelloGuard.maximumBytes + TLSContext.maximumCertificateBytes

  private func feed(_ ciphertext: UnsafeRawBufferPointer) throws(TLSError) {
    if ciphertext.isEmpty { return }
    var taken = 0
    ERR_clear_error()
    guard BIO_write_ex(incoming, ciphertext.baseAddress, ciphertext.count, &taken) == 1 else {
      throw fail(.fromLibrary("BIO_write_ex"))
    }
  }

  /// Passes bytes on up to the end of each hello: what follows the first one depends on the version that it leads to.
  private func shakeHands(over ciphertext: UnsafeRawBufferPointer) throws(TLSError) {
    var rest = ciphertext
    while var hello = helloGuard, !rest.isEmpty, case .handshaking = state {
      guard let count = hello.pass(rest) else {
        throw fail(.handshakeFailed(reason: "the client announces too long a hello"))
      }
      try feed(UnsafeRawBufferPointer(rebasing: rest[..<count]))
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      try shakeHands()
      let isLast = hello.isDone || (hello.hasPassedHello && SSL_version(session) != TLS1_3_VERSION)
      helloGuard = isLast ? nil : hello
    }
    try feed(rest)
    if case .handshaking = state { try shakeHands() }
    handshakeBytes += ciphertext.count
    // A whole handshake may end in the middle of a read, with a request behind it.
    guard case .handshaking = state, handshakeBytes > Self.maximumHandshakeBytes, SSL_is_server(session) == 1
    else { return }
    throw fail(.handshakeFailed(reason: "the client's part of the handshake is too long"))
  }

  private func shakeHands() throws(TLSError) {
    ERR_clear_error()
    let result = SSL_do_handshake(session)
    if result == 1 {
      state = .established
      protocolMessages.pointee = 0
      return
    }
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ: return
    case SSL_ERROR_ZERO_RETURN: throw fail(.handshakeFailed(reason: "the peer closed the connection"))
    default: throw fail(handshakeError())
    }
  }

  private func handshakeError() -> TLSError {
    let reason = TLSReason.take()
    guard reason.isRefusedCertificate else { return .handshakeFailed(reason: reason.text) }
    let verdict = X509_verify_cert_error_string(SSL_get_verify_result(session))
    return .untrustedCertificate(reason: verdict.map { String(cString: $0) } ?? reason.text)
  }

  private func decrypt(into plaintext: UnsafeMutableRawBufferPointer) throws(TLSError) -> Int {
    var total = 0
    while true {
      var count = 0
      let rest = UnsafeMutableRawBufferPointer(rebasing: plaintext[total...])
      ERR_clear_error()
      let result = SSL_read_ex(session, rest.baseAddress, rest.count, &count)
      if result == 1 {
        total += count
        receivedBytes += count
        continue
      }
      switch SSL_get_error(session, result) {
      case SSL_ERROR_WANT_READ:
        guard protocolMessages.pointee <= allowedMessages else {
          throw fail(.broken(reason: "too many messages without data"))
        }
        // OpenSSL also returns after a message of the protocol.
        if BIO_ctrl_pending(incoming) == 0 { return total }
      case SSL_ERROR_ZERO_RETURN:
        state = .endedByPeer
        return total
      default: throw fail(.broken(reason: TLSReason.take().text))
      }
    }
  }

  /// How many messages of the protocol a peer may have sent since the handshake. Each costs as much as a record of data, or much
  /// more, and no limit of the bytes that arrive sees them. A server sends a few tickets, and a client new keys after millions of
  /// records.
  private var allowedMessages: Int { Self.firstMessages + receivedBytes / Self.bytesForMessage }

  private func fail(_ error: TLSError) -> TLSError {
    state = .failed(error)
    return error
  }

  /// Moves the bytes for the network from OpenSSL to the caller.
  private func drain(into output: inout [UInt8]) {
    let pending = BIO_ctrl_pending(outgoing)
    guard pending > 0 else { return }
    let start = output.count
    output.append(contentsOf: repeatElement(0, count: pending))
    var count = 0
    output.withUnsafeMutableBytes { bytes in
      let room = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
      _ = BIO_read_ex(outgoing, room.baseAddress, room.count, &count)
    }
    output.removeLast(pending - count)
  }
}

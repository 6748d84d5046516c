import COpenSSL

/// One end of a TLS connection, without the connection: bytes from the network go in, and bytes for the network and for
/// the reader come out. It does no I/O; whoever owns the socket does.
///
/// ```swift
/// let session = try TLSSession(client: context, host: "cache.internal")
/// try session.start(output: &toNetwork)
/// try session.receive(fromNetwork, plaintext: &received, output: &toNetwork)
/// if session.state == .established { try session.send(message, output: &toNetwork) }
/// ```
/// What has been put into `output` is to be sent in any case, also when a call throws: it is the alert that tells the
/// other end why. A session belongs to one thread or loop. OpenSSL's manual: `ssl(7)`, `BIO_s_mem(3)`.
package final class TLSSession {
  /// How far the connection has come.
  package enum State: Sendable, Hashable {
    /// The two ends are agreeing on keys; nothing may be sent yet.
    case handshaking
    /// Bytes may be sent and received.
    case established
    /// The other end has said that nothing more will come (`close_notify`).
    case endedByPeer
    /// ``TLSSession/close(output:)`` was called.
    case closed
    /// It is over, for this reason.
    case failed(TLSError)
  }

  /// The most bytes of plaintext that one TLS record holds (RFC 8446, section 5.1).
  private static let recordBytes = 16_384

  private let session: OpaquePointer
  /// What came from the network and is not understood yet. `session` owns both.
  private let incoming: OpaquePointer
  private let outgoing: OpaquePointer
  /// Room for one record on its way out of OpenSSL.
  private let record: UnsafeMutableRawBufferPointer

  /// How far the connection has come.
  package private(set) var state = State.handshaking

  /// The client's end. The host is the name or address that was connected to.
  /// - Throws: `invalidHost` for a text that no certificate can be made out to.
  package convenience init(client context: TLSContext, host: String) throws(TLSError) {
    let name = try TLSServerName(host)
    try self.init(context)
    try name.demand(of: session)
    SSL_set_connect_state(session)
  }

  /// The server's end, for the other end of the tests.
  convenience init(server context: TLSContext) throws(TLSError) {
    try self.init(context)
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
    self.incoming = incoming
    self.outgoing = outgoing
    record = .allocate(byteCount: Self.recordBytes, alignment: 1)
  }

  deinit {
    SSL_free(session)
    record.deallocate()
  }

  /// Begins the handshake: a client speaks first.
  package func start(output: inout [UInt8]) throws(TLSError) {
    defer { drain(into: &output) }
    if case .handshaking = state { try shakeHands() }
  }

  /// Takes bytes from the network, however they are cut. What they say is appended to `plaintext`; what is to be
  /// answered, to `output`. Bytes that come after the end are dropped.
  package func receive(
    _ ciphertext: UnsafeRawBufferPointer, plaintext: inout [UInt8], output: inout [UInt8]
  ) throws(TLSError) {
    defer { drain(into: &output) }
    var taken = 0
    ERR_clear_error()
    guard ciphertext.isEmpty || BIO_write_ex(incoming, ciphertext.baseAddress, ciphertext.count, &taken) == 1
    else { throw fail(.fromLibrary("BIO_write_ex")) }
    if case .handshaking = state { try shakeHands() }
    if case .established = state { try decrypt(into: &plaintext) }
  }

  /// Encrypts bytes for the network.
  package func send(_ plaintext: UnsafeRawBufferPointer, output: inout [UInt8]) throws(TLSError) {
    guard case .established = state else { throw .notEstablished }
    guard !plaintext.isEmpty else { return }
    defer { drain(into: &output) }
    var taken = 0
    ERR_clear_error()
    guard SSL_write_ex(session, plaintext.baseAddress, plaintext.count, &taken) == 1, taken == plaintext.count
    else { throw fail(.broken(reason: TLSReason.take().text)) }
  }

  /// Tells the other end that nothing more will be sent, so that it can tell the end from a cut.
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
  private func shakeHands() throws(TLSError) {
    ERR_clear_error()
    let result = SSL_do_handshake(session)
    if result == 1 {
      state = .established
      return
    }
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ: return
    case SSL_ERROR_ZERO_RETURN: throw fail(.handshakeFailed(reason: "the other end closed the connection"))
    default: throw fail(handshakeError())
    }
  }

  private func handshakeError() -> TLSError {
    let reason = TLSReason.take()
    guard reason.isRefusedCertificate else { return .handshakeFailed(reason: reason.text) }
    let verdict = X509_verify_cert_error_string(SSL_get_verify_result(session))
    return .untrustedCertificate(reason: verdict.map { String(cString: $0) } ?? reason.text)
  }

  private func decrypt(into plaintext: inout [UInt8]) throws(TLSError) {
    while true {
      var count = 0
      ERR_clear_error()
      let result = SSL_read_ex(session, record.baseAddress, record.count, &count)
      if result == 1 {
        plaintext.append(contentsOf: UnsafeRawBufferPointer(rebasing: record[..<count]))
        continue
      }
      switch SSL_get_error(session, result) {
      case SSL_ERROR_WANT_READ: return
      case SSL_ERROR_ZERO_RETURN:
        state = .endedByPeer
        return
      default: throw fail(.broken(reason: TLSReason.take().text))
      }
    }
  }

  private func fail(_ error: TLSError) -> TLSError {
    state = .failed(error)
    return error
  }

  /// Moves what OpenSSL wants to send to where the caller takes it from.
  private func drain(into output: inout [UInt8]) {
    var count = 0
    while BIO_read_ex(outgoing, record.baseAddress, record.count, &count) == 1 {
      output.append(contentsOf: UnsafeRawBufferPointer(rebasing: record[..<count]))
    }
  }
}

import COpenSSL

/// What the sessions of one kind share: protocol versions, trusted authorities, a server's certificate.
///
/// A context reads its files when it is made; its sessions read none. Later changes of the files have no effect. Loops
/// may share a context; each session belongs to one.
// @unchecked: nothing changes a context after its factory function has returned, and OpenSSL counts the references of
// its sessions atomically (openssl-threads(7)).
package final class TLSContext: @unchecked Sendable {
  let handle: OpaquePointer
  /// The keys of a listener's session tickets.
  let tickets: TicketKeys?

  init(_ method: OpaquePointer?, tickets: TicketKeys? = nil) throws(TLSError) {
    ERR_clear_error()
    guard let handle = SSL_CTX_new(method) else { throw .fromLibrary("SSL_CTX_new") }
    self.handle = handle
    self.tickets = tickets
    bulkhead_ssl_set_no_passphrase(handle)
    guard bulkhead_ssl_restrict(handle) == 1 else { throw .fromLibrary("SSL_CTX_set_min_proto_version") }
  }

  deinit { SSL_CTX_free(handle) }

  /// A client's context: TLS 1.2 or 1.3. `identity` has the certificate for a server that demands one.
  /// - Throws: `unusableFile` when a file cannot be read.
  package static func client(
    _ verification: TLSVerification, identity: CertificateFiles? = nil
  ) throws(TLSError) -> TLSContext {
    let context = try TLSContext(TLS_client_method())
    if let identity { try context.present(identity.certificate, identity.key) }
    switch verification {
    case .none:
      SSL_CTX_set_verify(context.handle, SSL_VERIFY_NONE, nil)
    case .full(let authorityFile):
      SSL_CTX_set_verify(context.handle, SSL_VERIFY_PEER, nil)
      try context.trust(authorityFile)
    }
    return context
  }

  /// A server's context: the PEM file of its certificate, with the chain behind it, and the PEM file of its key.
  /// - Throws: `unusableFile` when a file cannot be read, or when the key does not belong to the certificate.
  package static func server(
    certificateFile: String, keyFile: String, highestVersion: TLSVersion = .tls13
  ) throws(TLSError) -> TLSContext {
    let context = try TLSContext(TLS_server_method())
    try context.present(certificateFile, keyFile)
    guard bulkhead_ssl_set_highest_version(context.handle, highestVersion.number) == 1 else {
      throw .fromLibrary("SSL_CTX_set_max_proto_version")
    }
    return context
  }

  /// Loads the certificate that the server presents, and its key.
  func present(_ certificateFile: String, _ keyFile: String) throws(TLSError) {
    try presentCertificate(certificateFile)
    try presentKey(keyFile)
  }

  func presentCertificate(_ certificateFile: String) throws(TLSError) {
    try PEMFile.check(certificateFile, has: .certificates)
    guard SSL_CTX_use_certificate_chain_file(handle, certificateFile) == 1 else {
      throw .unusableFile(path: certificateFile, reason: TLSReason.take().text)
    }
  }

  func presentKey(_ keyFile: String) throws(TLSError) {
    try PEMFile.check(keyFile, has: .key)
    // OpenSSL compares the key with the certificate that is already loaded, if both are of one kind.
    let isLoaded = SSL_CTX_use_PrivateKey_file(handle, keyFile, SSL_FILETYPE_PEM) == 1
    guard isLoaded, SSL_CTX_check_private_key(handle) == 1 else {
      let reason = TLSReason.take()
      let text =
        isLoaded || reason.isMismatch
        ? "the key does not belong to the certificate"
        : "its key is damaged or of an unknown kind (\(reason.text))"
      throw .unusableFile(path: keyFile, reason: text)
    }
  }

  func trust(_ authorityFile: String?) throws(TLSError) {
    guard let authorityFile else {
      guard SSL_CTX_set_default_verify_paths(handle) == 1 else {
        throw .fromLibrary("SSL_CTX_set_default_verify_paths")
      }
      return
    }
    try PEMFile.check(authorityFile, has: .certificates)
    guard SSL_CTX_load_verify_file(handle, authorityFile) == 1 else {
      throw .unusableFile(path: authorityFile, reason: TLSReason.take().text)
    }
  }
}

/// The versions of TLS that a session may use.
package enum TLSVersion: Sendable, Hashable, CaseIterable {
  case tls12, tls13

  var number: Int32 {
    switch self {
    case .tls12: TLS1_2_VERSION
    case .tls13: TLS1_3_VERSION
    }
  }
}

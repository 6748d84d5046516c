import COpenSSL

/// The PEM files of a listener.
package struct CertificateFiles: Sendable, Hashable {
  /// The certificate, and the chain behind it.
  package var certificate: String
  /// The private key of the certificate, without a passphrase.
  package var key: String
  /// The authorities of client certificates; nil: clients need none.
  package var clientAuthorities: String?

  /// Names the files; nothing reads them yet.
  package init(certificate: String, key: String, clientAuthorities: String? = nil) {
    self.certificate = certificate
    self.key = key
    self.clientAuthorities = clientAuthorities
  }
}

extension CertificateFiles {
  /// What a file is for. Two files may be one, so a path says nothing about it.
  package enum Purpose: Sendable, Hashable { case certificate, key, clientAuthorities }
}

/// A file of a listener that cannot be used.
package struct ListenerFileError: Error, Sendable, Hashable {
  /// What the file is for.
  package let purpose: CertificateFiles.Purpose
  /// The error, with path and reason.
  package let error: TLSError

  /// An error of the file for this purpose.
  package init(purpose: CertificateFiles.Purpose, error: TLSError) {
    (self.purpose, self.error) = (purpose, error)
  }
}

extension TLSContext {
  /// The ciphers of TLS 1.2 and 1.3 and the curves: Mozilla's "Server Side TLS", version 5.7, "intermediate"
  /// (<https://wiki.mozilla.org/Security/Server_Side_TLS>), without its finite-field groups, which no client of today
  /// needs, and without P-384: a key agreement of it takes 20 times the time of P-256, which every client of TLS 1.3 has
  /// (RFC 8446, section 9.1), and a client without an account chooses the group. Each has forward secrecy and authenticated
  /// encryption.
  private static let ciphers = """
    ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:\
    ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
    """
  private static let suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
  private static let groups = "X25519:P-256"
  /// Below TLS 1.3, a client's certificate must have a key of one of these.
  private static let groupsOfCertificates = groups + ":P-384"

  /// The context of an HTTP listener: TLS 1.2 and 1.3, HTTP/1.1 by ALPN, sessions that continue by ticket. With
  /// authorities of client certificates, a client without a valid certificate fails the handshake, and no session continues;
  /// the listener's own certificate is valid too.
  /// - Throws: `unusableFile` when a file cannot be read, when the key does not belong to the certificate, or when the
  ///   certificate is not valid now.
  package static func listener(_ files: CertificateFiles, tickets: TicketKeys) throws(TLSError) -> TLSContext
  {
    do throws(ListenerFileError) {
      return try checkedListener(files, tickets: tickets)
    } catch {
      throw error.error
    }
  }

  /// As ``listener(_:tickets:)``; the error has the purpose of the file.
  package static func checkedListener(
    _ files: CertificateFiles, tickets: TicketKeys
  ) throws(ListenerFileError) -> TLSContext {
    let context = try presenting(files, tickets)
    try context.demandCertificates(of: files)
    return context
  }

  /// The listener's context with what is usable of the files, and with what `old` has in place of the rest. A certificate
  /// that cannot be used keeps no removed authority, and authorities that cannot be used keep no old certificate.
  package static func renewedListener(
    _ files: CertificateFiles, replacing old: TLSContext, tickets: TicketKeys
  ) -> (context: TLSContext, refusals: [ListenerFileError]) {
    var refusals: [ListenerFileError] = []
    do throws(ListenerFileError) {
      let context: TLSContext
      do throws(ListenerFileError) {
        context = try presenting(files, tickets)
      } catch {
        refusals.append(error)
        context = try using(error.purpose) { () throws(TLSError) in try presenting(sameAs: old, tickets) }
      }
      do throws(ListenerFileError) {
        try context.demandCertificates(of: files)
      } catch {
        refusals.append(error)
        try using(error.purpose) { () throws(TLSError) in try context.demandCertificates(sameAs: old) }
      }
      return (context, refusals)
    } catch {
      // OpenSSL is out of memory: nothing is replaced.
      let all: [CertificateFiles.Purpose] =
        files.clientAuthorities == nil ? [.certificate] : [.certificate, .clientAuthorities]
      return (old, all.map { ListenerFileError(purpose: $0, error: error.error) })
    }
  }

  private static func presenting(
    _ files: CertificateFiles, _ tickets: TicketKeys
  ) throws(ListenerFileError) -> TLSContext {
    let context = try using(.certificate) { () throws(TLSError) -> TLSContext in
      let context = try TLSContext(TLS_server_method(), tickets: tickets)
      try context.presentCertificate(files.certificate)
      return context
    }
    try using(.key) { () throws(TLSError) in try context.presentKey(files.key) }
    try using(.certificate) { () throws(TLSError) in
      if let problem = context.validity?.problem ?? context.purposeProblem {
        throw .unusableFile(path: files.certificate, reason: problem)
      }
      try context.listen(tickets)
    }
    return context
  }

  /// A context with the certificate of another one, which may have expired since.
  private static func presenting(
    sameAs old: TLSContext, _ tickets: TicketKeys
  ) throws(TLSError) -> TLSContext {
    let context = try TLSContext(TLS_server_method(), tickets: tickets)
    guard bulkhead_ssl_adopt_certificate(context.handle, old.handle) == 1 else {
      throw .fromLibrary("SSL_CTX_use_cert_and_key")
    }
    try context.listen(tickets)
    return context
  }

  private static func using<T>(
    _ purpose: CertificateFiles.Purpose, _ body: () throws(TLSError) -> T
  ) throws(ListenerFileError) -> T {
    do throws(TLSError) {
      return try body()
    } catch {
      throw ListenerFileError(purpose: purpose, error: error)
    }
  }

  private func listen(_ tickets: TicketKeys) throws(TLSError) {
    guard SSL_CTX_set_cipher_list(handle, Self.ciphers) == 1,
      SSL_CTX_set_ciphersuites(handle, Self.suites) == 1,
      bulkhead_ssl_listen(handle, Self.groups, Int(TicketKeys.sessionSeconds)) == 1
    else { throw .fromLibrary("SSL_CTX_set_cipher_list") }
    try tickets.attach(to: handle)
  }

  /// Demands client certificates, where the files name their authorities.
  private func demandCertificates(of files: CertificateFiles) throws(ListenerFileError) {
    guard let authorities = files.clientAuthorities else { return }
    try Self.using(.clientAuthorities) { () throws(TLSError) in
      try trust(authorities)
      guard let names = SSL_load_client_CA_file(authorities) else {
        throw .unusableFile(path: authorities, reason: TLSReason.take().text)
      }
      SSL_CTX_set_client_CA_list(handle, names)
      if let problem = authorityProblem { throw .unusableFile(path: authorities, reason: problem) }
      try demandCertificates()
    }
  }

  private func demandCertificates(sameAs old: TLSContext) throws(TLSError) {
    guard bulkhead_ssl_adopt_authorities(handle, old.handle) == 1 else {
      throw .fromLibrary("SSL_dup_CA_list")
    }
    try demandCertificates()
  }

  /// The most bytes of a client's certificate and its chain. OpenSSL takes memory for as many as a client announces.
  static let maximumCertificateBytes = 32_768

  private func demandCertificates() throws(TLSError) {
    bulkhead_ssl_limit_certificates(handle, Self.maximumCertificateBytes)
    SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    // A probe on this machine presents the listener's own certificate: it has the listener's key.
    bulkhead_ssl_accept_own_certificate(handle)
    guard bulkhead_ssl_set_groups(handle, Self.groupsOfCertificates) == 1 else {
      throw .fromLibrary("SSL_CTX_set1_groups_list")
    }
    // A ticket would admit a client after the end of its certificate.
    guard bulkhead_ssl_no_tickets(handle) == 1 else { throw .fromLibrary("SSL_CTX_set_num_tickets") }
  }
}

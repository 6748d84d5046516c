import COpenSSL

/// The server's name as a client gives it: the certificate must contain it, and the handshake announces it (SNI,
/// RFC 6066).
struct TLSServerName {
  /// The longest name in DNS.
  private static let maximumBytes = 255

  private let text: String

  /// Takes a host name or an address.
  ///
  /// OpenSSL checks nothing for an empty name, and a name with a leading dot matches all names below it. This
  /// initializer refuses both.
  init(_ host: String) throws(TLSError) {
    // The dot that ends an absolute name is DNS notation; certificates omit it.
    text = host.hasSuffix(".") ? String(host.dropLast()) : host
    guard !text.isEmpty, text.utf8.count <= Self.maximumBytes, !text.hasPrefix("."), !text.utf8.contains(0)
    else { throw .invalidHost }
  }

  /// Makes the session announce this name, and refuse certificates without it where it verifies.
  ///
  /// The name must be one of the certificate's alternative names; its subject does not count (RFC 9525, section 2).
  func demand(of session: OpaquePointer) throws(TLSError) {
    let rules = SSL_get0_param(session)
    if X509_VERIFY_PARAM_set1_ip_asc(rules, text) == 1 { return }
    ERR_clear_error()
    X509_VERIFY_PARAM_set_hostflags(
      rules, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    guard X509_VERIFY_PARAM_set1_host(rules, text, text.utf8.count) == 1 else {
      throw .fromLibrary("X509_VERIFY_PARAM_set1_host")
    }
    guard bulkhead_ssl_set_server_name(session, text) == 1 else {
      throw .fromLibrary("SSL_set_tlsext_host_name")
    }
  }
}

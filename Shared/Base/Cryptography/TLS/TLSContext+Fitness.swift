import COpenSSL

// Certificates that OpenSSL loads and that no peer, or not every peer, takes.
extension TLSContext {
  /// Why no client takes the certificate; nil when clients may.
  var purposeProblem: String? {
    guard let certificate = SSL_CTX_get0_certificate(handle),
      X509_check_purpose(certificate, X509_PURPOSE_SSL_SERVER, 0) != 1
    else { return nil }
    return "the certificate is not for servers (its key usage or extended key usage)"
  }

  /// Why no client's certificate is valid; nil when one can be.
  var authorityProblem: String? {
    switch bulkhead_ssl_usable_authorities(handle) {
    case 0: "none of its certificates is an authority that is valid now"
    default: nil
    }
  }

  /// A doubt about the chain behind the certificate; nil without one.
  package var chainWarning: String? {
    let place = bulkhead_ssl_chain_break(handle)
    guard place > 0 else { return nil }
    return "certificate \(place) of the file did not sign the one before it: some clients refuse such a chain"
  }
}

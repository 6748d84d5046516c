/// How a client verifies the server's certificate.
package enum TLSVerification: Sendable, Hashable {
  /// The client accepts any certificate. This stops eavesdropping, but not a host that answers in the server's place.
  case none
  /// The certificate must be valid, name the server's host, and be signed by an authority of the PEM file (nil: the
  /// system's authorities).
  case full(authorityFile: String?)
}

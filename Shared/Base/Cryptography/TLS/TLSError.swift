/// Why an encrypted connection could not be made, or broke.
///
/// Reasons are OpenSSL's own texts. They name the fault and contain no data of the connection.
package enum TLSError: Error, Sendable, Hashable {
  /// The client refused the server's certificate, for example "hostname mismatch" or "certificate has expired".
  case untrustedCertificate(reason: String)
  /// The handshake failed: the peer speaks another protocol or an old version, or it sent an alert.
  case handshakeFailed(reason: String)
  /// An established connection received an altered or misplaced record, or an alert.
  case broken(reason: String)
  /// A file of certificates or keys cannot be read, or contains none.
  case unusableFile(path: String, reason: String)
  /// The server's name is not a host name or address that a certificate can name.
  case invalidHost
  /// The caller sent data before the handshake was complete, or after the end.
  case notEstablished
  /// A call of OpenSSL failed that fails only when memory is short.
  case libraryFailure(operation: String, reason: String)
}

extension TLSError: CustomStringConvertible {
  /// One line that is safe to show.
  package var description: String {
    switch self {
    case .untrustedCertificate(let reason): "the certificate was refused: \(reason)"
    case .handshakeFailed(let reason): "the TLS handshake failed: \(reason)"
    case .broken(let reason): "the TLS connection broke: \(reason)"
    case .unusableFile(let path, let reason): "\(path) cannot be used: \(reason)"
    case .invalidHost: "the host is not a name or address that a certificate can name"
    case .notEstablished: "the TLS connection is not established"
    case .libraryFailure(let operation, let reason): "\(operation) failed: \(reason)"
    }
  }
}

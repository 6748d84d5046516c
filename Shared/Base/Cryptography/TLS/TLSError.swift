/// Why there is no encrypted connection, or none any more.
///
/// Reasons are OpenSSL's own words, which name the fault and never what was being sent.
package enum TLSError: Error, Sendable, Hashable {
  /// The server's certificate was refused, for example "hostname mismatch" or "certificate has expired".
  case untrustedCertificate(reason: String)
  /// The two ends could not agree: another protocol, an old version, or an alert from the other end.
  case handshakeFailed(reason: String)
  /// The connection stood, and then something came that is not part of it: altered, misplaced, or an alert.
  case broken(reason: String)
  /// A file of certificates or keys cannot be read, or holds none.
  case unusableFile(path: String, reason: String)
  /// The server's name or address is nothing that a certificate could be made out to.
  case invalidHost
  /// Something was to be sent before the handshake was over, or after the end.
  case notEstablished
  /// OpenSSL could not do what it always can, for want of memory.
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
    case .invalidHost: "no certificate can be made out to the server's name"
    case .notEstablished: "the TLS connection does not stand"
    case .libraryFailure(let operation, let reason): "\(operation) failed: \(reason)"
    }
  }
}

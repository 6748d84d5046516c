import COpenSSL
import Glibc
import Schema

/// The time in which a certificate is valid (RFC 5280, section 4.1.2.5).
package struct CertificateValidity: Sendable, Hashable {
  /// Seconds since 1970, UTC.
  package let notBefore: Int64
  /// Seconds since 1970, UTC.
  package let notAfter: Int64

  /// Why the certificate is not valid now; nil when it is.
  package var problem: String? {
    let now = Int64(time(nil))
    if now > notAfter { return "the certificate expired on \(Self.text(notAfter))" }
    if now < notBefore { return "the certificate is valid only from \(Self.text(notBefore))" }
    return nil
  }

  /// The last second in words, for a log.
  package var lastDay: String { Self.text(notAfter) }

  /// The day, YYYY-MM-DD.
  private static func text(_ seconds: Int64) -> String {
    String(Timestamp(secondsSinceEpoch: seconds).rfc3339.prefix(10))
  }
}

extension TLSContext {
  /// The validity of the certificate that a server presents; nil without one.
  package var validity: CertificateValidity? {
    guard let certificate = SSL_CTX_get0_certificate(handle),
      let first = Self.seconds(X509_get0_notBefore(certificate)),
      let last = Self.seconds(X509_get0_notAfter(certificate))
    else { return nil }
    return CertificateValidity(notBefore: first, notAfter: last)
  }

  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
    var parts = tm()
    guard ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
    return Int64(timegm(&parts))
  }
}

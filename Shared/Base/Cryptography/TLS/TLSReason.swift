import COpenSSL
import Glibc

/// The first error in OpenSSL's queue of this thread. Taking it empties the queue, so that the next operation does not
/// report an old error.
struct TLSReason {
  /// The number of the first error, as `sslerr.h` names them; 0 for none.
  let number: Int32
  /// The first error in words.
  let text: String

  static func take() -> TLSReason {
    let code = ERR_get_error()
    ERR_clear_error()
    return TLSReason(number: ERR_GET_REASON(code), text: words(for: code))
  }

  private static func words(for code: UInt) -> String {
    // OpenSSL has no text for errors of the system, for example about a file.
    let words =
      ERR_GET_LIB(code) == ERR_LIB_SYS
      ? strerror(ERR_GET_REASON(code)).map { UnsafePointer($0) } : ERR_reason_error_string(code)
    return words.map { String(cString: $0) } ?? "no reason given (code \(code))"
  }

  /// The key belongs to another certificate (`X509_R_KEY_VALUES_MISMATCH` of `x509err.h`).
  var isMismatch: Bool { number == X509_R_KEY_VALUES_MISMATCH || number == X509_R_KEY_TYPE_MISMATCH }

  var isRefusedCertificate: Bool { number == SSL_R_CERTIFICATE_VERIFY_FAILED }
}

extension TLSError {
  static func fromLibrary(_ operation: String) -> TLSError {
    .libraryFailure(operation: operation, reason: TLSReason.take().text)
  }
}

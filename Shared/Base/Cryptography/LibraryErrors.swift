import COpenSSL

extension CryptographyError {
  /// The error that libcrypto left for this thread, and empties its queue so that the next one starts clean.
  static func fromLibrary(_ operation: String) -> CryptographyError {
    let code = ERR_get_error()
    ERR_clear_error()
    return .libraryFailure(operation: operation, code: UInt(code))
  }
}

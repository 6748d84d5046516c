import COpenSSL

/// Why a cryptographic operation failed.
///
/// No case carries key material, plaintext or a password, so every value is safe to log.
package enum CryptographyError: Error, Sendable, Hashable {
  /// libcrypto failed. `code` is its error code; `openssl errstr CODE` explains it.
  case libraryFailure(operation: String, code: UInt)
  /// A key, salt, nonce, cost or message has a length or value that this module does not accept.
  case invalidParameter(String)
  /// The text or bytes are not a key of the expected kind.
  case malformedKey(String)
  /// A stored password hash is not an scrypt PHC string, or its cost exceeds the limits of ``ScryptCost``.
  case malformedHash
  /// Sealed bytes were changed or truncated, or were sealed with another key or other associated data.
  case authenticationFailed
}

extension CryptographyError: CustomStringConvertible {
  /// One line that is safe to show.
  package var description: String {
    switch self {
    case .libraryFailure(let operation, let code): "\(operation) failed in libcrypto (code \(code))"
    case .invalidParameter(let what): "invalid parameter: \(what)"
    case .malformedKey(let what): "malformed key: \(what)"
    case .malformedHash: "the stored password hash is malformed or exceeds the cost limits"
    case .authenticationFailed: "the sealed bytes are not authentic"
    }
  }
}

extension CryptographyError {
  /// Takes libcrypto's error for this thread, and clears the thread's error queue for the next call.
  static func fromLibrary(_ operation: String) -> CryptographyError {
    let code = ERR_get_error()
    ERR_clear_error()
    return .libraryFailure(operation: operation, code: UInt(code))
  }
}

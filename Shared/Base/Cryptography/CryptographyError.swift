/// Why a cryptographic operation did not give a result.
///
/// No case carries key material, plaintext or a password, so a value may be logged.
package enum CryptographyError: Error, Sendable, Hashable {
  /// libcrypto refused an operation; `code` is its error code (`openssl errstr CODE` explains it).
  case libraryFailure(operation: String, code: UInt)
  /// A key, salt, nonce or cost has a length or value that is not accepted here.
  case invalidParameter(String)
  /// Text that should hold a key is not a key of the wanted kind.
  case malformedKey(String)
  /// A stored password hash is not a PHC string of ours, or asks for more than ``ScryptCost`` admits.
  case malformedHash
  /// Sealed bytes were changed, cut short, or sealed with another key or context.
  case authenticationFailed
}

extension CryptographyError: CustomStringConvertible {
  /// One line that is safe to show.
  package var description: String {
    switch self {
    case .libraryFailure(let operation, let code): "\(operation) failed in libcrypto (code \(code))"
    case .invalidParameter(let what): "invalid parameter: \(what)"
    case .malformedKey(let what): "malformed key: \(what)"
    case .malformedHash: "the stored password hash is malformed or beyond the limits"
    case .authenticationFailed: "the sealed bytes are not authentic"
    }
  }
}

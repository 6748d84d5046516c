/// Why a key file is of no use.
package enum KeyFileError: Error, Sendable, Hashable {
  /// The system refused; the number is `errno(3)`.
  case system(operation: String, path: String, errorNumber: Int32)
  /// Others than the owner may write the file: they could put in a key of theirs.
  case writableByOthers(path: String)
  /// The file holds something else than an Ed25519 key in PEM.
  case notAKey(path: String)
}

extension KeyFileError: CustomStringConvertible {
  /// One line that is safe to log.
  package var description: String {
    switch self {
    case .system(let operation, let path, let number): "cannot \(operation) \(path) (errno \(number))"
    case .writableByOthers(let path): "\(path) may be written by others than its owner"
    case .notAKey(let path): "\(path) does not hold an Ed25519 private key in PEM"
    }
  }
}

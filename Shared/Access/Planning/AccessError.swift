import Cache
import DataAccess

/// An error that stops a comparison or a change of rights.
package enum AccessError: Error, Sendable {
  /// Tables are missing, so rights cannot be granted on them.
  case notMigrated([String])
  /// The credential of an account cannot be read or written.
  case credential(CredentialStore.Failure)
  /// The database refused a statement, or its connection was lost.
  case database(DatabaseError)
  /// The cache refused a command, or its connection was lost.
  case cache(CacheError)
  /// The engine does not support this part of the manifest.
  case unsupported(String)
}

extension AccessError: CustomStringConvertible {
  /// The error with the engine's own message, which the operator needs.
  package var description: String {
    switch self {
    case .notMigrated(let tables):
      "tables are missing (\(tables.joined(separator: ", "))): run `bulkhead migrate up` first"
    case .credential(let failure): failure.description
    case .database(let error): error.detail.map { "\(error.description): \($0)" } ?? error.description
    case .cache(.refused(let code, let message)): "the cache answered \(code) \(message)"
    case .cache(let error): error.description
    case .unsupported(let what): what
    }
  }
}

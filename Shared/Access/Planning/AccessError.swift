import Cache
import DataAccess

/// Why rights could not be compared or changed.
package enum AccessError: Error, Sendable {
  /// The tables are not there yet; rights are granted on tables.
  case notMigrated([String])
  /// An account's credential cannot be had.
  case credential(CredentialStore.Failure)
  /// The database refused or was lost.
  case database(DatabaseError)
  /// The cache refused or was lost.
  case cache(CacheError)
  /// The engine cannot hold this part of the manifest.
  case unsupported(String)
}

extension AccessError: CustomStringConvertible {
  /// What went wrong, with the engine's own words: this is the operator's tool, whose reader needs them.
  package var description: String {
    switch self {
    case .notMigrated(let tables):
      "the tables \(tables.joined(separator: ", ")) are not there: run `bulkhead migrate up` first"
    case .credential(let failure): failure.description
    case .database(let error): error.detail.map { "\(error.description): \($0)" } ?? error.description
    case .cache(.refused(let code, let message)): "the cache answered \(code) \(message)"
    case .cache(let error): error.description
    case .unsupported(let what): what
    }
  }
}

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

extension AccessError {
  /// The refusal to replace the password of an administrator, which another fleet on the server may use.
  package static func otherPassword(
    of administrator: String, in engine: String, than store: CredentialStore
  ) -> AccessError {
    .unsupported(
      "\(engine) has another password for \(administrator) than \(store.directory), and it was not replaced: another "
        + "fleet on this server may use it, and a server has room for one (docs/database.md). Set CREDENTIALS_DIR to the "
        + "folder that has it, or copy its file. To shut out who uses it: bulkhead bootstrap --replace-passwords"
    )
  }
}

extension AccessError {
  /// The same error with what a command did about it, or could not do.
  package func adding(_ note: String) -> AccessError {
    if case .database(let error) = self { return .database(error.adding([note])) }
    return .unsupported("\(description); \(note)")
  }
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

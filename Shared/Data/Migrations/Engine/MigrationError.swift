import DataAccess

/// Why a run of migrations stopped. Earlier steps stay committed. The engine undoes the failed step when its DDL is
/// transactional.
package enum MigrationError: Error, Sendable, Hashable {
  case plan(PlanError)
  case database(DatabaseError)
  /// Another run holds the lock; the text names its session as far as the engine reports it.
  case locked(by: String)
  /// The step failed; without transactional DDL its first changes may remain.
  case stepFailed(version: Int, name: String, DatabaseError)
}

extension MigrationError: CustomStringConvertible {
  /// Safe to show; includes the database's own message for the operator who runs the migration.
  package var description: String {
    switch self {
    case .plan(let error): error.description
    case .database(let error): Self.text(error)
    case .locked(let holder): "another migration is running: \(holder)"
    case .stepFailed(let version, let name, let error):
      "migration \(version) (\(name)) failed: \(Self.text(error))"
    }
  }

  private static func text(_ error: DatabaseError) -> String {
    error.description + (error.detail.map { ": \($0)" } ?? "")
  }
}

import DataAccess

/// Why a run of migrations stopped. What was done before is committed, step by step; the step that failed is undone
/// where the engine can undo DDL.
package enum MigrationError: Error, Sendable, Hashable {
  case plan(PlanError)
  case database(DatabaseError)
  /// Somebody else migrates; the text says who, as far as the engine tells.
  case locked(by: String)
  /// The step failed; without transactional DDL its first changes may have stayed.
  case stepFailed(version: Int, name: String, DatabaseError)
}

extension MigrationError: CustomStringConvertible {
  /// Safe to show; a database's own words are added for the operator who runs the migration.
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

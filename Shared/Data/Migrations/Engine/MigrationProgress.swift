import DataAccess

/// What a run of migrations reports while it runs.
package enum MigrationProgress: Sendable, Hashable {
  /// Another run holds the lock; the text names its sessions.
  case waitingForLock(holder: String)
  /// Other sessions hold the step's tables. The attempt was rolled back, and the next follows after a pause.
  case waitingForTables(MigrationPlan.Step, holders: String, attempt: Int)
  /// A newer program migrated further, and this one is compatible with the result; no step follows.
  case ahead(SchemaLead)
  case started(MigrationPlan.Step)
  /// A change of the step will hold up sessions beside those of its tables; the engine says which.
  case holdsUp(MigrationPlan.Step, String)
  /// An interrupted run has done the first parts of the step.
  case resumed(MigrationPlan.Step, part: Int, of: Int)
  /// A statement runs for long; `detail` is what the engine reports about it.
  case running(MigrationPlan.Step, seconds: Int, detail: String)
  /// A backfill has reached this identity of the last one.
  case backfilled(MigrationPlan.Step, table: String, reached: Int64, last: Int64)
  case finished(MigrationPlan.Step)
}

/// Why a run of migrations stopped. Earlier steps stay committed. The engine undoes the failed step when its DDL is
/// transactional.
package enum MigrationError: Error, Sendable, Hashable {
  case plan(PlanError)
  case database(DatabaseError)
  /// Another run holds the lock; the text names its session as far as the engine reports it.
  case locked(by: String)
  /// Other sessions held the step's tables for the whole wait. The text says what stays of a step of several parts; without
  /// one, nothing stays.
  case blocked(version: Int, name: String, by: String, left: String?)
  /// The step failed; without transactional DDL its first changes may remain. The remainder says in words what an
  /// index that was built online leaves.
  case stepFailed(version: Int, name: String, DatabaseError, remainder: String?)
  /// An interrupted run has done a part of this version. Another step cannot run before it is finished.
  case unfinished(UnfinishedStep)
  /// The record has versions already, so that a baseline would replace history.
  case recorded(version: Int)
  /// The database lacks tables or columns of the version that should become its baseline.
  case missing(version: Int, objects: [String])
  /// The steps are done, and the cluster has fewer nodes than before them.
  case nodesLost(before: Int, after: Int)
  /// A stop was requested. The statement that was running is rolled back.
  case cancelled
  /// A stop was requested within a step of several parts. The text says what stays of it.
  case interrupted(version: Int, name: String, left: String)
}

extension MigrationError: CustomStringConvertible {
  /// Safe to show; includes the database's own message for the operator who runs the migration.
  package var description: String {
    switch self {
    case .plan(let error): error.description
    case .database(let error): Self.text(error)
    case .locked(let holder): "the migration lock is held by \(holder)"
    case .blocked(let version, let name, let holders, let left):
      "migration \(version) (\(name)) did not get its locks, and \(left ?? "nothing of it stays"): \(holders); "
        + "end that session, or wait longer with --wait"
    case .stepFailed(let version, let name, let error, let remainder):
      "migration \(version) (\(name)) failed: \(Self.text(error))" + (remainder.map { "; \($0)" } ?? "")
    case .unfinished(let step): step.description
    case .recorded(let version):
      "the database records version \(version) already: a baseline is for a database without a record; "
        + "to correct a record, run bulkhead migrate stamp"
    case .missing(let version, let objects):
      "the database is not at version \(version), because it lacks \(objects.joined(separator: ", "))"
    case .nodesLost(let before, let after):
      "the versions are applied, and of \(before) nodes of the cluster, this server now sees \(after): the others may lack "
        + "the changes. Look at wsrep_cluster_status and the log of each node, and restart those that left the cluster"
    case .cancelled: "stopped on request; the finished steps stay, and nothing of a step that was running"
    case .interrupted(let version, let name, let left):
      "stopped on request in migration \(version) (\(name)): \(left)"
    }
  }

  /// A refusal for want of locks with what stays of the step; every other error as it is.
  func leaving(_ left: String) -> MigrationError {
    guard case .blocked(let version, let name, let holders, _) = self else { return self }
    return .blocked(version: version, name: name, by: holders, left: left)
  }

  private static func text(_ error: DatabaseError) -> String {
    error.description + (error.detail.map { ": \($0)" } ?? "")
  }
}

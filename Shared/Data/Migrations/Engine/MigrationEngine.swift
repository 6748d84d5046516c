import DataAccess
import Schema

/// Migrates a database to a version: one run at a time, each step and its record in one transaction.
///
/// Only `bulkhead` uses this type, as `migrate-admin`. Services read the version and never change it.
package struct MigrationEngine: Sendable {
  /// Receives the run's progress, on any thread.
  package typealias Report = @Sendable (MigrationProgress) -> Void

  let database: Database
  let known: [Migration]
  let waits: LockLimits
  let cancellation: MigrationCancellation
  let claimExpiryMilliseconds: Int

  /// Needs an account that may create tables. The statement deadline of its pool also applies to DDL. Its pool needs
  /// three connections: for the lock, for the work, and for reports about it.
  package init(
    _ database: Database, migrations: [Migration] = Migration.all, waits: LockLimits = LockLimits(),
    cancellation: MigrationCancellation = MigrationCancellation(),
    claimExpiryMilliseconds: Int = MigrationClaim.expirySeconds * 1_000
  ) {
    self.database = database
    known = migrations
    self.waits = waits
    self.cancellation = cancellation
    self.claimExpiryMilliseconds = claimExpiryMilliseconds
  }

  /// Applies the missing steps up to `version`, or up to the newest, and returns the steps applied.
  ///
  /// Without a version, a database that a newer program migrated further stays as it is when this program is
  /// compatible with it; `report` then receives ``MigrationProgress/ahead(_:)``. In every other case an unknown version is an error.
  @discardableResult
  package func up(
    to version: Int? = nil, report: @escaping Report = { _ in }
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await run(.up(to: version), losing: .none, report)
  }

  /// Reverts steps until `version` is the newest one applied; reverts one step when it is nil.
  ///
  /// A step fails where it would drop rows whose loss is not approved. It counts them where nothing can add one any more.
  @discardableResult
  package func down(
    to version: Int? = nil, losing approval: LossApproval = .none, report: @escaping Report = { _ in }
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await run(.down(to: version), losing: approval, report)
  }

  /// Compares the two histories; changes nothing.
  package func status() async throws(MigrationError) -> MigrationStatus {
    try await retrying { () throws(DatabaseError) in
      MigrationStatus(
        applied: try await MigrationRecord.read(database), known: known,
        recordsOldestPrograms: try await MigrationRecord.recordsOldestPrograms(database),
        unfinished: try await UnfinishedStep.read(database).flatMap { $0.hasDoneNothing ? nil : $0 })
    }
  }

  /// Whether programs of this version start on the database: ``MigrationStatus/isInOrder``.
  package func check() async throws(MigrationError) -> Bool {
    try await status().isInOrder
  }

  /// Returns what `up` or `down` would do now, with its statements. Changes nothing.
  package func scripts(_ target: MigrationTarget) async throws(MigrationError) -> [StepScript] {
    try scripts(of: try await plan(target, database))
  }

  func scripts(of plan: MigrationPlan) throws(MigrationError) -> [StepScript] {
    do {
      return try StepScriptWriter(dialect: database.dialect, known: known).scripts(of: plan.steps)
    } catch {
      throw .plan(error)
    }
  }

  func plan(
    _ target: MigrationTarget, _ runner: some StatementRunner
  ) async throws(MigrationError) -> MigrationPlan {
    let applied = try await applied(runner)
    do {
      return try MigrationPlanner.plan(applied: applied, known: known, target: target)
    } catch {
      throw .plan(error)
    }
  }

  func applied(_ runner: some StatementRunner) async throws(MigrationError) -> [AppliedMigration] {
    try await retrying { () throws(DatabaseError) in try await MigrationRecord.read(runner) }
  }
}

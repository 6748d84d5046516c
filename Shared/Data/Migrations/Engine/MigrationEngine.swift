import DataAccess
import Schema

/// Migrates a database to a version: one run at a time, each step and its record in one transaction.
///
/// Only `bulkhead` uses this type, as `migrate-admin`. Services read the version and never change it.
package struct MigrationEngine: Sendable {
  /// How long a run waits for another run to end.
  package static let defaultLockTimeoutMilliseconds = 30_000

  /// Receives the run's progress, on any thread.
  package typealias Report = @Sendable (MigrationProgress) -> Void

  let database: Database
  let known: [Migration]
  let lock: MigrationLock

  /// Needs an account that may create tables. The statement deadline of its pool also applies to DDL.
  package init(
    _ database: Database, migrations: [Migration] = Migration.all,
    lockTimeoutMilliseconds: Int = MigrationEngine.defaultLockTimeoutMilliseconds
  ) {
    self.database = database
    known = migrations
    lock = MigrationLock(
      timeoutMilliseconds: lockTimeoutMilliseconds,
      pause: { await database.loop.sleep(milliseconds: $0) })
  }

  /// Applies the missing steps up to `version`, or up to the newest, and returns the steps applied.
  ///
  /// Without a version, a database that a newer program migrated further stays as it is when this program can live with
  /// it; `report` then receives ``MigrationProgress/ahead(_:)``. In every other case an unknown version is an error.
  @discardableResult
  package func up(
    to version: Int? = nil, report: @escaping Report = { _ in }
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await run(.up(to: version), report)
  }

  /// Reverts steps until `version` is the newest one applied; reverts one step when it is nil.
  @discardableResult
  package func down(
    to version: Int? = nil, report: @escaping Report = { _ in }
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await run(.down(to: version), report)
  }

  /// Compares the two histories; changes nothing.
  package func status() async throws(MigrationError) -> MigrationStatus {
    do {
      return MigrationStatus(
        applied: try await MigrationRecord.read(database), known: known,
        recordsOldestPrograms: try await MigrationRecord.recordsOldestPrograms(database))
    } catch {
      throw .database(error)
    }
  }

  /// Whether programs of this version start on the database: ``MigrationStatus/isInOrder``.
  package func check() async throws(MigrationError) -> Bool {
    try await status().isInOrder
  }

  /// Returns what `up` or `down` would do now.
  package func plan(_ target: MigrationTarget) async throws(MigrationError) -> MigrationPlan {
    try await plan(target, database)
  }

  /// Records the versions up to this one as applied, and none above, without running anything. It serves a database
  /// whose schema was made in another way. It fails when a newer program has recorded a version.
  package func stamp(_ version: Int, report: @escaping Report = { _ in }) async throws(MigrationError) {
    guard (0...known.count).contains(version) else {
      throw .plan(.unknownTarget(version: version, newest: known.count))
    }
    let stamped = known.prefix(version)
    try await exclusively(report) { session throws(MigrationError) in
      if let unknown = try await applied(session).first(where: { $0.version > known.count }) {
        throw .plan(.unknownApplied(version: unknown.version, name: unknown.name))
      }
      do throws(DatabaseError) {
        try await session.transaction { transaction throws(DatabaseError) in
          try await transaction.run(SchemaMigrations.delete().everyRow())
          for migration in stamped { try await MigrationRecord.add(migration, transaction) }
        }
      } catch {
        throw .database(error)
      }
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

  private func applied(_ runner: some StatementRunner) async throws(MigrationError) -> [AppliedMigration] {
    do {
      return try await MigrationRecord.read(runner)
    } catch {
      throw .database(error)
    }
  }
}

/// What a run of migrations reports while it runs.
package enum MigrationProgress: Sendable, Hashable {
  case waitingForLock(holder: String)
  /// A newer program migrated further, and this one can live with the result; no step follows.
  case ahead(SchemaLead)
  case started(MigrationPlan.Step)
  case finished(MigrationPlan.Step)
}

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

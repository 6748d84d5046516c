import DataAccess
import Schema

/// Brings a database to a version: one run at a time, one step and its record in one transaction.
///
/// Only `bulkhead` uses this, as `migrate-admin`; services look at the version and never change it.
package struct MigrationEngine: Sendable {
  /// How long a run waits for another one to end.
  package static let defaultLockTimeoutMilliseconds = 30_000

  /// Told as the run goes on, on whatever thread that happens.
  package typealias Report = @Sendable (MigrationProgress) -> Void

  let database: Database
  let known: [Migration]
  let lock: MigrationLock

  /// Needs an account that may create tables; its pool's statement deadline holds for the DDL too.
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

  /// Applies what is missing up to `version`, or up to the newest; answers the steps that were taken.
  ///
  /// Without a version, a database that a newer program took further is left as it is where this program can live with
  /// it, and `report` is told (``MigrationProgress/ahead(_:)``); everywhere else what is not known is an error.
  @discardableResult
  package func up(
    to version: Int? = nil, report: @escaping Report = { _ in }
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await run(.up(to: version), report)
  }

  /// Takes steps back until `version` is the newest that is applied; one step when it is nil.
  @discardableResult
  package func down(
    to version: Int? = nil, report: @escaping Report = { _ in }
  ) async throws(MigrationError) -> [MigrationPlan.Step] {
    try await run(.down(to: version), report)
  }

  /// Compares the histories; changes nothing.
  package func status() async throws(MigrationError) -> MigrationStatus {
    do {
      return MigrationStatus(
        applied: try await MigrationRecord.read(database), known: known,
        saysOldestPrograms: try await MigrationRecord.saysOldestPrograms(database))
    } catch {
      throw .database(error)
    }
  }

  /// Whether programs of this version start on the database: ``MigrationStatus/isInOrder``.
  package func check() async throws(MigrationError) -> Bool {
    try await status().isInOrder
  }

  /// What `up` or `down` would do now.
  package func plan(_ target: MigrationTarget) async throws(MigrationError) -> MigrationPlan {
    try await plan(target, database)
  }

  /// Records the versions up to this one as applied, and none above, without running anything: for a database that
  /// came to its shape in another way. A version that a newer program recorded is not forgotten: that is an error.
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

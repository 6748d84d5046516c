import Schema

/// The database's history compared with this program's.
package struct MigrationStatus: Sendable, Hashable {
  /// The state of one version.
  package enum State: Sendable, Hashable {
    case applied(at: Timestamp)
    case pending
    /// Applied, but this program's migration differs.
    case changed(at: Timestamp)
    /// Applied, but unknown to this program.
    case unknown(at: Timestamp)
  }

  /// One version, in the database, in this program, or in both.
  package struct Entry: Sendable, Hashable {
    /// Its number.
    package let version: Int
    /// Its name.
    package let name: String
    /// Its state.
    package let state: State
  }

  /// Sorted by version.
  package let entries: [Entry]
  /// The newest applied version; 0 when there is none.
  package let current: Int
  /// The newest version of this program.
  package let newest: Int
  /// Why migrations would refuse to run; nil when they would run.
  package let problem: PlanError?
  /// How far the database is ahead of this program; nil when it is not ahead. It is also nil when this program is
  /// not compatible with the newer schema: that is a problem.
  package let lead: SchemaLead?
  /// Whether the record states which programs are compatible with the schema. A record made by an older tool does not.
  /// Services refuse such a record until the next run of migrations completes it.
  package let recordsOldestPrograms: Bool
  /// The step that a run has begun and not finished: some of its parts are in the schema.
  package let unfinished: UnfinishedStep?

  /// Whether programs of this version start on the database: it is at their version, or ahead and they are
  /// compatible with it. `up` then has nothing to do.
  package var isInOrder: Bool {
    problem == nil && current >= newest && recordsOldestPrograms && unfinished == nil
  }

  init(
    applied: [AppliedMigration], known: [Migration], recordsOldestPrograms: Bool = true,
    unfinished: UnfinishedStep? = nil
  ) {
    let rows = Dictionary(applied.map { ($0.version, $0) }, uniquingKeysWith: { first, _ in first })
    let versions = Set(known.map(\.version))
    let ours = known.map { migration in
      Entry(
        version: migration.version, name: migration.name,
        state: Self.state(of: migration, rows[migration.version]))
    }
    let foreign = applied.filter { !versions.contains($0.version) }.map {
      Entry(version: $0.version, name: $0.name, state: .unknown(at: $0.appliedAt))
    }
    entries = (ours + foreign).sorted { $0.version < $1.version }
    current = applied.map(\.version).max() ?? 0
    newest = known.last?.version ?? 0
    self.recordsOldestPrograms = recordsOldestPrograms
    self.unfinished = unfinished
    do {
      try MigrationPlanner.check(known)
      lead = try MigrationPlanner.lead(of: applied, known)
      problem = nil
    } catch {
      lead = nil
      problem = error
    }
  }

  /// The state of a database that does not exist yet.
  package static func ofNewDatabase() -> MigrationStatus {
    MigrationStatus(applied: [], known: Migration.all)
  }

  private static func state(of migration: Migration, _ row: AppliedMigration?) -> State {
    guard let row else { return .pending }
    return row.checksum == migration.checksum ? .applied(at: row.appliedAt) : .changed(at: row.appliedAt)
  }
}

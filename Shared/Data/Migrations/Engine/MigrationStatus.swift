import Schema

/// The history in the database beside the one in this program.
package struct MigrationStatus: Sendable, Hashable {
  /// How a version stands.
  package enum State: Sendable, Hashable {
    case applied(at: Timestamp)
    case pending
    /// Applied, but not as this program has it.
    case changed(at: Timestamp)
    /// Applied, and not known to this program.
    case unknown(at: Timestamp)
  }

  /// One version, in the database, in this program, or in both.
  package struct Entry: Sendable, Hashable {
    /// Its number.
    package let version: Int
    /// Its name.
    package let name: String
    /// How it stands.
    package let state: State
  }

  /// By version.
  package let entries: [Entry]
  /// The newest version that is applied, 0 for none.
  package let current: Int
  /// The newest version that this program knows.
  package let newest: Int
  /// Why migrations would refuse to run, if they would.
  package let problem: PlanError?
  /// How far the database is ahead of a program that can live with it; nil where it is not ahead, or where this one
  /// cannot, which is a problem.
  package let lead: SchemaLead?
  /// Whether the record says which programs can live with the schema. One that an older tool made does not, and
  /// services refuse it until the next run of migrations, which adds that.
  package let saysOldestPrograms: Bool

  /// Whether programs of this version start on the database, because it is where they want it, or ahead and can be
  /// lived with. Going up has nothing to do then.
  package var isInOrder: Bool { problem == nil && current >= newest && saysOldestPrograms }

  init(applied: [AppliedMigration], known: [Migration], saysOldestPrograms: Bool = true) {
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
    self.saysOldestPrograms = saysOldestPrograms
    do {
      try MigrationPlanner.check(known)
      lead = try MigrationPlanner.lead(of: applied, known)
      problem = nil
    } catch {
      lead = nil
      problem = error
    }
  }

  private static func state(of migration: Migration, _ row: AppliedMigration?) -> State {
    guard let row else { return .pending }
    return row.checksum == migration.checksum ? .applied(at: row.appliedAt) : .changed(at: row.appliedAt)
  }
}

import Schema

/// The history in the database beside the one in this program.
public struct MigrationStatus: Sendable, Hashable {
  /// How a version stands.
  public enum State: Sendable, Hashable {
    case applied(at: Timestamp)
    case pending
    /// Applied, but not as this program has it.
    case changed(at: Timestamp)
    /// Applied, and not known to this program.
    case unknown(at: Timestamp)
  }

  /// One version, in the database, in this program, or in both.
  public struct Entry: Sendable, Hashable {
    /// Its number.
    public let version: Int
    /// Its name.
    public let name: String
    /// How it stands.
    public let state: State
  }

  /// By version.
  public let entries: [Entry]
  /// The newest version that is applied, 0 for none.
  public let current: Int
  /// The newest version that this program knows.
  public let newest: Int
  /// Why migrations would refuse to run, if they would.
  public let problem: PlanError?

  /// Whether the database is exactly where this program wants it.
  public var isCurrent: Bool { problem == nil && current == newest }

  init(applied: [AppliedMigration], known: [Migration]) {
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
    problem = Self.problem(applied, known)
  }

  private static func state(of migration: Migration, _ row: AppliedMigration?) -> State {
    guard let row else { return .pending }
    return row.checksum == migration.checksum ? .applied(at: row.appliedAt) : .changed(at: row.appliedAt)
  }

  private static func problem(_ applied: [AppliedMigration], _ known: [Migration]) -> PlanError? {
    do {
      try MigrationPlanner.checkOrder(of: known)
      try MigrationPlanner.checkHistory(applied, known)
      return nil
    } catch {
      return error
    }
  }
}

/// Compares the applied migrations with the known ones and plans the steps, without a database.
package enum MigrationPlanner {
  /// Plans the steps from the applied migrations to the target; fails when the two histories disagree.
  ///
  /// `up` without a version requires only a schema that this program is compatible with, so a newer compatible schema needs
  /// no step. From a version unknown to this program, a named version is unreachable, up or down.
  package static func plan(
    applied: [AppliedMigration], known: [Migration], target: MigrationTarget
  ) throws(PlanError) -> MigrationPlan {
    try check(known)
    let foreign = try foreignPart(of: applied, known)
    let current = applied.count
    switch target {
    case .up(to: nil) where !foreign.isEmpty:
      return MigrationPlan(steps: [], lead: try lead(of: foreign, over: known.count))
    case .up(let wanted):
      try refuse(foreign)
      let end = wanted ?? known.count
      try check(end, in: known)
      guard end >= current else { throw .wrongDirection(current: current, target: end) }
      return MigrationPlan(steps: known[current..<end].map { MigrationPlan.Step($0, .up) })
    case .down(let wanted):
      try refuse(foreign)
      let end = wanted ?? max(0, current - 1)
      try check(end, in: known)
      guard end <= current else { throw .wrongDirection(current: current, target: end) }
      return MigrationPlan(steps: known[end..<current].reversed().map { MigrationPlan.Step($0, .down) })
    }
  }

  private static func check(_ version: Int, in known: [Migration]) throws(PlanError) {
    guard (0...known.count).contains(version) else {
      throw .unknownTarget(version: version, newest: known.count)
    }
  }

  /// Versions are positions: `known[n]` is version n + 1. A step's oldest program must be an existing version.
  static func check(_ known: [Migration]) throws(PlanError) {
    for (index, migration) in known.enumerated() {
      let version = index + 1
      guard migration.version == version else {
        throw .knownOutOfOrder(expected: version, found: migration.version)
      }
      guard (1...version).contains(migration.oldestProgram) else {
        throw .oldestProgramOutOfRange(version: version, oldestProgram: migration.oldestProgram)
      }
    }
  }

  /// Returns how far the database is ahead of the known migrations, or nil when it is not. Fails when this program
  /// is not compatible with the lead, and when the histories disagree.
  static func lead(of applied: [AppliedMigration], _ known: [Migration]) throws(PlanError) -> SchemaLead? {
    let foreign = try foreignPart(of: applied, known)
    return foreign.isEmpty ? nil : try lead(of: foreign, over: known.count)
  }

  private static func lead(of foreign: [AppliedMigration], over newest: Int) throws(PlanError) -> SchemaLead?
  {
    try refuse(foreign.filter { $0.oldestProgram > newest })
    return foreign.last.map { SchemaLead(version: $0.version, name: $0.name, newestKnown: newest) }
  }

  private static func refuse(_ foreign: some Collection<AppliedMigration>) throws(PlanError) {
    if let first = foreign.first { throw .unknownApplied(version: first.version, name: first.name) }
  }

  /// Returns the applied migrations beyond the known ones. The applied ones must begin with the known ones, unchanged
  /// and without gaps.
  private static func foreignPart(
    of applied: [AppliedMigration], _ known: [Migration]
  ) throws(PlanError) -> [AppliedMigration] {
    let sorted = applied.sorted { $0.version < $1.version }
    for (index, row) in sorted.enumerated() {
      guard row.version > 0 else { throw .unknownApplied(version: row.version, name: row.name) }
      guard row.version == index + 1 else {
        // A version of another program says more than a gap: that program may have other versions in it.
        guard row.version > known.count else { throw .missingApplied(version: index + 1) }
        throw .unknownApplied(version: row.version, name: row.name)
      }
      guard index < known.count else { continue }
      guard row.checksum == known[index].checksum else {
        throw .checksumChanged(version: row.version, name: row.name)
      }
    }
    return Array(sorted.dropFirst(known.count))
  }
}

/// Why there is no plan: the database's history and this program's disagree, or the target is invalid. The planner has
/// changed nothing.
package enum PlanError: Error, Sendable, Hashable {
  /// The migrations of this program are not numbered 1, 2, 3 and so on.
  case knownOutOfOrder(expected: Int, found: Int)
  /// A migration of this program names an oldest program outside 1 to the migration's own version.
  case oldestProgramOutOfRange(version: Int, oldestProgram: Int)
  /// The database has a version that is unknown to this program: a newer program migrated it. Either this program
  /// is not compatible with that version, or the caller named a target version.
  case unknownApplied(version: Int, name: String)
  /// The database lacks a version although it has a later one.
  case missingApplied(version: Int)
  /// The migration's source changed after it was applied.
  case checksumChanged(version: Int, name: String)
  case unknownTarget(version: Int, newest: Int)
  /// `up` to a version below the current one, or `down` to one above it.
  case wrongDirection(current: Int, target: Int)
  /// The version changes something that the versions before it have not made.
  case contradiction(version: Int, SchemaHistory.Contradiction)
  /// A statement of the version would begin or end a transaction.
  case transactionControl(version: Int, text: String)
  /// The version has statements for some engines, and none for this one.
  case noEngineSQL(version: Int, engine: String)
  /// The version has an index with a condition, and this engine has no such indexes.
  case noPartialIndex(version: Int, index: String, engine: String)
}

extension PlanError: CustomStringConvertible {
  /// One sentence for the operator.
  package var description: String {
    switch self {
    case .knownOutOfOrder(let expected, let found):
      "the program's migrations are out of order: version \(expected) is expected, and version \(found) follows"
    case .oldestProgramOutOfRange(let version, let oldestProgram):
      "migration \(version) names \(oldestProgram) as its oldest program; use a version from 1 to \(version)"
    case .unknownApplied(let version, let name):
      "the database has version \(version) (\(name)), which is unknown to this program: run a newer program"
    case .missingApplied(let version):
      "the database lacks version \(version), although later versions are applied"
    case .checksumChanged(let version, let name):
      "migration \(version) (\(name)) changed after it was applied: its checksum differs from the recorded one"
    case .unknownTarget(let version, let newest):
      "there is no version \(version); the newest is \(newest)"
    case .wrongDirection(let current, let target):
      "the database is at version \(current), and version \(target) lies in the other direction"
    case .contradiction(let version, let reason):
      "migration \(version) contradicts the versions before it: \(reason)"
    case .transactionControl(let version, let text):
      "migration \(version) begins or ends a transaction, which only the runner may do: \(text)"
    case .noEngineSQL(let version, let engine):
      "migration \(version) has no statements for \(engine)"
    case .noPartialIndex(let version, let index, let engine):
      "migration \(version) has the index \(index) with a condition, and \(engine) has no such indexes"
    }
  }
}

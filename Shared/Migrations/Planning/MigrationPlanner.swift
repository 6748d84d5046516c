/// Compares what is applied with what is known and says what to do, without touching a database.
public enum MigrationPlanner {
  /// The steps from what is applied to the target; fails where the two histories do not agree.
  public static func plan(
    applied: [AppliedMigration], known: [Migration], target: MigrationTarget
  ) throws(PlanError) -> MigrationPlan {
    try checkOrder(of: known)
    try checkHistory(applied, known)
    let current = applied.count
    switch target {
    case .up(let wanted):
      let end = wanted ?? known.count
      try check(end, in: known)
      guard end >= current else { throw .wrongDirection(current: current, target: end) }
      return MigrationPlan(steps: known[current..<end].map { MigrationPlan.Step($0, .up) })
    case .down(let wanted):
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

  /// Versions are positions: `known[n]` is version n + 1.
  static func checkOrder(of known: [Migration]) throws(PlanError) {
    for (index, migration) in known.enumerated() where migration.version != index + 1 {
      throw .knownOutOfOrder(expected: index + 1, found: migration.version)
    }
  }

  /// What is applied must be the beginning of what is known, unchanged.
  static func checkHistory(_ applied: [AppliedMigration], _ known: [Migration]) throws(PlanError) {
    let sorted = applied.sorted { $0.version < $1.version }
    for (index, row) in sorted.enumerated() {
      guard row.version <= known.count, row.version > 0 else {
        throw .unknownApplied(version: row.version, name: row.name)
      }
      guard row.version == index + 1 else { throw .missingApplied(version: index + 1) }
      guard row.checksum == known[index].checksum else {
        throw .checksumChanged(version: row.version, name: row.name)
      }
    }
  }
}

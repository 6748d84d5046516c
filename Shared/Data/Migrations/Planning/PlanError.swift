/// Why there is no plan: the database's history and this program's disagree, or the target is invalid. The planner has
/// changed nothing.
package enum PlanError: Error, Sendable, Hashable {
  /// The migrations of this program are not numbered 1, 2, 3 and so on.
  case knownOutOfOrder(expected: Int, found: Int)
  /// A migration of this program names an oldest program outside 1 to the migration's own version.
  case oldestProgramOutOfRange(version: Int, oldestProgram: Int)
  /// The database has a version that is unknown to this program: a newer program migrated it. Either this program
  /// cannot live with that version, or the caller named a target version.
  case unknownApplied(version: Int, name: String)
  /// The database lacks a version although it has a later one.
  case missingApplied(version: Int)
  /// The migration's source changed after it was applied.
  case checksumChanged(version: Int, name: String)
  case unknownTarget(version: Int, newest: Int)
  /// `up` to a version below the current one, or `down` to one above it.
  case wrongDirection(current: Int, target: Int)
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
    }
  }
}

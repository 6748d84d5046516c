/// Why no plan can be made: the history in the database and the history in this program do not agree, or the target
/// makes no sense. Nothing has been changed.
package enum PlanError: Error, Sendable, Hashable {
  /// The migrations of this program are not numbered 1, 2, 3 and so on.
  case knownOutOfOrder(expected: Int, found: Int)
  /// A migration of this program names an oldest program that cannot be: it is from 1 to the migration's own version.
  case oldestProgramOutOfRange(version: Int, oldestProgram: Int)
  /// The database has a version that this program does not know and cannot live with, or was to be taken to a version
  /// all the same: a newer program was here.
  case unknownApplied(version: Int, name: String)
  /// The database lacks a version although it has a later one.
  case missingApplied(version: Int)
  /// The migration was changed after it had been applied.
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
      "the program's migrations are out of order: version \(expected) is due and \(found) follows"
    case .oldestProgramOutOfRange(let version, let oldestProgram):
      "migration \(version) says that programs of version \(oldestProgram) can live with it; it may say 1 to \(version)"
    case .unknownApplied(let version, let name):
      "the database is at version \(version) (\(name)), which this program does not know: it is older than the database"
    case .missingApplied(let version):
      "the database lacks version \(version) although later versions are applied"
    case .checksumChanged(let version, let name):
      "migration \(version) (\(name)) was changed after it had been applied"
    case .unknownTarget(let version, let newest):
      "there is no version \(version); the newest is \(newest)"
    case .wrongDirection(let current, let target):
      "the database is at version \(current), and \(target) lies the other way"
    }
  }
}

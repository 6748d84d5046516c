import Cryptography
import Schema

/// One numbered step of the schema's history, up and down, in terms from which each engine's DDL is generated.
///
/// Never change a migration that has been applied anywhere. The database stores its checksum beside its version, and a
/// difference stops the next run.
package struct Migration: Sendable, Hashable {
  /// Counted from 1 without gaps.
  package let version: Int
  /// In snake_case; names the subject of the step.
  package let name: String
  /// The oldest schema version whose programs support the schema after this step, from 1 to ``version``.
  ///
  /// A breaking step removes or changes what older programs use; it names its own version, which is also the default.
  /// An additive step, after which the statements of older programs keep their meaning, names the oldest of those
  /// programs. They start on the newer schema, and an operator can roll a release back without this step.
  ///
  /// The value describes programs, not the step's changes, so the ``checksum`` does not cover it. A wrong value can be
  /// corrected, and `migrate stamp` records the correction.
  package let oldestProgram: Int
  /// The changes that apply the step.
  package let up: [SchemaChange]
  /// The changes that revert the step.
  package let down: [SchemaChange]
  /// Where the lint is switched off, which changes neither statements nor the checksum.
  package internal(set) var allowances: MigrationAllowances

  /// Makes a step. It is breaking unless `oldestProgram` names an older version. The planner rejects a value out of
  /// range (``PlanError/oldestProgramOutOfRange(version:oldestProgram:)``).
  package init(
    version: Int, name: String, oldestProgram: Int? = nil, up: [SchemaChange], down: [SchemaChange]
  ) {
    self.version = version
    self.name = name
    self.oldestProgram = oldestProgram ?? version
    self.up = up.map(\.bare)
    self.down = down.map(\.bare)
    allowances = MigrationAllowances(up: up.map(\.allowances), down: down.map(\.allowances))
  }

  /// SHA-256 of the migration's changes, in hexadecimal; the same for every engine.
  package var checksum: String {
    SHA256.hex("\(version) \(name)\nup\n\(up.canonicalText)\ndown\n\(down.canonicalText)\n")
  }
}

extension [SchemaChange] {
  fileprivate var canonicalText: String {
    map(\.canonicalText).joined(separator: "\n")
  }
}

extension Migration {
  /// The whole history, oldest first. Add a new version at the end.
  package static let all: [Migration] = [
    .v0001, .v0002, .v0003, .v0004, .v0005, .v0006, .v0007, .v0008, .v0009, .v0010, .v0011, .v0012,
    .v0013, .v0014, .v0015, .v0016,
  ]

  /// The tables that a version has ever made, and those of the runs themselves.
  package static var tablesEverMade: Set<String> {
    let made = all.flatMap(\.up).compactMap { change -> String? in
      if case .createTable(let table) = change { table.name } else { nil }
    }
    return Set(made).union([SchemaMigrations.definition.name, UnfinishedStep.tableName])
  }
}

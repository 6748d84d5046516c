import Cryptography

/// One numbered step of the schema's history, forwards and back, in terms that every engine's DDL follows from.
///
/// A migration that has been applied anywhere is never changed: its checksum is stored beside its version, and a
/// difference stops the next run.
package struct Migration: Sendable, Hashable {
  /// Counted from 1 without gaps.
  package let version: Int
  /// In snake_case; says what the step is about.
  package let name: String
  /// The oldest schema version whose programs can live with the schema once this step is taken, from 1 to ``version``.
  ///
  /// A step that takes away or changes what older programs use is breaking, and says its own version; so does every
  /// step that says nothing. One that only adds, so that statements of older programs mean what they meant, names the
  /// oldest of those programs: they start on the newer schema, and a release can be rolled back without it.
  ///
  /// It is a statement about programs, not about what the step does, and so it is no part of the ``checksum``: one that
  /// was wrong can be corrected, and `migrate stamp` records the correction.
  package let oldestProgram: Int
  /// What makes the step.
  package let up: [SchemaChange]
  /// What takes it back.
  package let down: [SchemaChange]

  /// A step and the way back; breaking, unless an older program is named. What is out of range is refused by whoever
  /// plans with it (``PlanError/oldestProgramOutOfRange(version:oldestProgram:)``).
  package init(
    version: Int, name: String, oldestProgram: Int? = nil, up: [SchemaChange], down: [SchemaChange]
  ) {
    self.version = version
    self.name = name
    self.oldestProgram = oldestProgram ?? version
    self.up = up
    self.down = down
  }

  /// SHA-256 of what the migration does, in hexadecimal; the same for every engine.
  package var checksum: String {
    SHA256.hex("\(version) \(name)\nup\n\(up.canonicalText)\ndown\n\(down.canonicalText)\n")
  }
}

extension [SchemaChange] {
  fileprivate var canonicalText: String {
    map(\.canonicalText).joined(separator: "\n")
  }
}

/// A switch that turns one rule of the lint off for one change or one version, with the reason.
package struct Allowance: Sendable, Hashable {
  /// The rule.
  package let rule: LintRule
  /// Why the change is harmless here. A blank reason switches nothing off, and is a finding.
  package let reason: String

  var hasReason: Bool { reason.contains { !$0.isWhitespace } }
}

extension SchemaChange {
  /// The same change, for which the lint does not report `rule`. It changes no statement and no checksum.
  package func allowing(_ rule: LintRule, because reason: String) -> SchemaChange {
    .allowed(self, Allowance(rule: rule, reason: reason))
  }

  /// The change without its allowances.
  var bare: SchemaChange {
    if case .allowed(let change, _) = self { change.bare } else { self }
  }

  /// The allowances of the change and of its effects.
  var allowances: [Allowance] {
    switch self {
    case .allowed(let change, let allowance): change.allowances + [allowance]
    case .engineSQL(let sql): sql.allowances
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference,
      .addCheck, .dropCheck, .createIndex, .dropIndex, .data, .backfill:
      []
    }
  }
}

/// The allowances of a version, apart from its changes, so that they reach neither a statement nor the checksum.
package struct MigrationAllowances: Sendable, Hashable {
  /// Those of the whole version.
  var version: [Allowance] = []
  /// Those of each change of `up`.
  let up: [[Allowance]]
  /// Those of each change of `down`, which the lint does not check: there they switch nothing off.
  let down: [[Allowance]]
}

extension Migration {
  /// The same version, for which the lint does not report `rule` on the version as a whole.
  package func allowing(_ rule: LintRule, because reason: String) -> Migration {
    var migration = self
    migration.allowances.version.append(Allowance(rule: rule, reason: reason))
    return migration
  }
}

/// One place where a migration violates a rule.
package struct LintFinding: Sendable, Hashable {
  /// The rule.
  package let rule: LintRule
  /// The version that violates it.
  package let version: Int
  /// The version's source file, relative to the repository's root.
  package let file: String
  /// The position of the change in `up`, from 1; nil where the finding is about the whole version.
  package let change: Int?
  /// The change as it stands in the source, shortened; nil as ``change``.
  package let source: String?
  /// What is concerned, as a clause.
  package let detail: String
  /// Why the rule is switched off here; nil where it is not.
  package let allowed: String?
}

/// What the lint found in a list of migrations.
package struct LintReport: Sendable, Hashable {
  /// The violations, in the order of the versions and their changes.
  package let findings: [LintFinding]
  /// The violations that are switched off, each with its reason.
  package let allowed: [LintFinding]
  /// How many versions there are.
  package let versions: Int
}

/// A violation before its place is known.
struct LintHit: Sendable, Hashable {
  let rule: LintRule
  let detail: String

  init(_ rule: LintRule, _ detail: String) {
    self.rule = rule
    self.detail = detail
  }
}

extension SchemaChange {
  /// The change as it stands in the source, shortened to one line.
  var sourceSummary: String {
    switch self {
    case .data: ".data"
    case .backfill(let backfill): ".backfill of \(backfill.table)"
    case .engineSQL: ".engineSQL"
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference,
      .addCheck, .dropCheck, .createIndex, .dropIndex, .allowed:
      SourceText.text(bare)
    }
  }
}

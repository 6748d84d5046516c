/// The words of a rule. A test compares the table in docs/migrations.md with them.
package struct LintText: Sendable, Hashable {
  /// What the rule finds, in Markdown.
  package let finds: String
  /// Why that is bad.
  package let reason: String
  /// The way around.
  package let instead: String

  fileprivate init(_ finds: String, _ reason: String, instead: String) {
    self.finds = finds
    self.reason = reason
    self.instead = instead
  }
}

/// Changes that lose rows, values or names.
extension LintText {
  static let dropTable =
    LintText(
      "`dropTable`", "The rows are lost, and a program that still uses the table fails.",
      instead: "Stop using the table in one release. Drop it in a later version, and name the release.")

  static let dropColumn =
    LintText(
      "`dropColumn`", "The values are lost, and a program that still names the column fails.",
      instead: "Stop using the column in one release. Drop it in a later version, and name the release.")

  static let renameColumn =
    LintText(
      "`renameColumn`", "Every running program names the old column and fails at once.",
      instead: "Add a column, write both, `backfill` it, read the new one, and drop the old one later.")
}

/// Changes that block readers or writers for as long as the table is large.
extension LintText {
  static let columnWithCheck =
    LintText(
      "`addColumn` with allowed values",
      "The engine reads every row to prove the check, and blocks readers meanwhile.",
      instead: "Add the column without them, then `changeAllowedValues`, which validates beside readers.")

  static let identityColumn =
    LintText(
      "`addColumn` of an identity", "The engine rewrites the table and blocks readers meanwhile.",
      instead: "Give the table its identity when it is created.")

  static let typeRewrite =
    LintText(
      "`changeType` to a type that is stored in another form, or holds less",
      "The engine rewrites the table and its indexes, and blocks readers meanwhile.",
      instead: "Add a column of the new type, write both, `backfill` it, and drop the old one later.")

  static let typeRecheck =
    LintText(
      "`changeType` of a column that a check or a partial index names",
      "The engine proves the check or builds the index again, and blocks readers meanwhile.",
      instead: "Drop the check or the index, change the type, then add it again beside readers.")

  static let backfillInTransaction =
    LintText(
      "`data` that changes rows of a table that exists",
      "The rows, and the tables that the step has altered, stay locked until its end.",
      instead: "Use `backfill`, which commits each batch.")

  static let largeBackfillBatch =
    LintText(
      "`backfill` with more than \(MigrationLint.largestBatch) rows in a batch",
      "Writers wait for the rows of a batch until it commits.",
      instead: "Leave the size of the batches at its default.")
}

/// Changes that rows can make fail.
extension LintText {
  static let requiredColumn =
    LintText(
      "`addColumn` that is NOT NULL without a default", "A table with rows refuses it, and the step fails.",
      instead: "Give it a default; or add it nullable, `backfill` it, then `changeNullability`.")

  static let notNullWithoutBackfill =
    LintText(
      "NOT NULL on a column that no step has filled", "One NULL makes the step fail half-way.",
      instead: "`backfill` the column in a change before.")

  static let uniqueWithoutBackfill =
    LintText(
      "a unique key or index on rows that no step has made distinct",
      "One duplicate makes the step fail half-way, after the build of the index.",
      instead: "`backfill` one of the columns in a change before.")

  static let checkWithoutBackfill =
    LintText(
      "a check, or fewer allowed values, on rows that no step has corrected",
      "One other row makes the step fail half-way.",
      instead: "`backfill` one of the columns in a change before.")

  static let referenceWithoutBackfill =
    LintText(
      "a foreign key on a column that no step has corrected",
      "One row without its target makes the step fail half-way.",
      instead: "`backfill` the column in a change before.")
}

/// Hand-written statements, the version's statement about older programs, and the switches themselves.
extension LintText {
  static let schemaChangeInData =
    LintText(
      "`data` that changes definitions, or runs a block of code",
      "No later step, no check and no engine with other DDL takes account of it.",
      instead: "Use the change for it, or `engineSQL` with its effects.")

  static let engineSQLUnchecked =
    LintText(
      "`engineSQL`", "The lint does not read it: it can block or lose anything.",
      instead: "Use other changes. Where none can state it, state here what it locks and for how long.")

  static let engineSQLIncomplete =
    LintText(
      "`engineSQL` without statements for an engine", "The run stops on that engine before the step.",
      instead: "Write statements for each engine; an empty list is a statement too.")

  static let breaksRunningProgram =
    LintText(
      "a change that programs from `oldestProgram` on are not compatible with",
      "Such a program starts or stays in service, and then its statements fail.",
      instead: "Let `oldestProgram` be the version itself, or split the change over two releases.")

  static let needlesslyBreaking =
    LintText(
      "a version that only adds, and names itself as `oldestProgram`",
      "No pod of the release before can restart during the roll-out, and a roll-back needs a step down.",
      instead: "Name the version before as `oldestProgram`.")

  static let allowanceWithoutReason =
    LintText(
      "`allowing` with an empty reason", "A reviewer cannot judge it, so it switches nothing off.",
      instead: "State why the change is harmless here.")

  static let unusedAllowance =
    LintText(
      "`allowing` that switches nothing off", "It would hide the next finding of that rule.",
      instead: "Remove it.")
}

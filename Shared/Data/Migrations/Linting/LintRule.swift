/// A rule on migrations: what a version should not do to a schema that has rows and readers.
///
/// The rules follow what PostgreSQL 16 and SQLite do with the statements that ``DefinitionWriter`` writes. A test runs
/// each rule's example on PostgreSQL, and compares the scans and rewrites that the server reports. The raw value is the
/// rule's name for operators and documents.
package enum LintRule: String, Sendable, Hashable, CaseIterable {
  // Data or names are lost.
  case dropTable = "drop-table"
  case dropColumn = "drop-column"
  case renameColumn = "rename-column"
  // Readers or writers are blocked for as long as the table is large.
  case columnWithCheck = "column-with-check"
  case identityColumn = "identity-column"
  case typeRewrite = "type-rewrite"
  case typeRecheck = "type-recheck"
  case backfillInTransaction = "backfill-in-transaction"
  case largeBackfillBatch = "large-backfill-batch"
  // Rows can make the step fail.
  case requiredColumn = "required-column"
  case notNullWithoutBackfill = "not-null-without-backfill"
  case uniqueWithoutBackfill = "unique-without-backfill"
  case checkWithoutBackfill = "check-without-backfill"
  case referenceWithoutBackfill = "reference-without-backfill"
  // Hand-written SQL, which the lint cannot judge.
  case schemaChangeInData = "schema-change-in-data"
  case engineSQLUnchecked = "engine-sql-unchecked"
  case engineSQLIncomplete = "engine-sql-incomplete"
  // The version's statement about older programs.
  case breaksRunningProgram = "breaks-running-program"
  case needlesslyBreaking = "needlessly-breaking"
  // The switches themselves.
  case allowanceWithoutReason = "allowance-without-reason"
  case unusedAllowance = "unused-allowance"

  /// How bad a finding is. Each makes the lint end with exit code 2.
  package enum Severity: String, Sendable, Hashable {
    /// Readers, writers or running programs fail or wait, or data is lost.
    case error
    /// The step can fail, or the lint cannot judge it.
    case warning
  }

  /// How bad a finding of the rule is.
  package var severity: Severity {
    switch self {
    case .dropTable, .dropColumn, .renameColumn, .columnWithCheck, .identityColumn, .typeRewrite,
      .typeRecheck, .backfillInTransaction, .requiredColumn, .schemaChangeInData, .engineSQLIncomplete,
      .breaksRunningProgram, .allowanceWithoutReason:
      .error
    case .largeBackfillBatch, .notNullWithoutBackfill, .uniqueWithoutBackfill, .checkWithoutBackfill,
      .referenceWithoutBackfill, .engineSQLUnchecked, .needlesslyBreaking, .unusedAllowance:
      .warning
    }
  }

  /// Whether an ``Allowance`` switches the rule off. The rules on allowances themselves stay on.
  package var canBeAllowed: Bool {
    switch self {
    case .allowanceWithoutReason, .unusedAllowance: false
    case .dropTable, .dropColumn, .renameColumn, .columnWithCheck, .identityColumn, .typeRewrite,
      .typeRecheck, .backfillInTransaction, .largeBackfillBatch, .requiredColumn, .notNullWithoutBackfill,
      .uniqueWithoutBackfill, .checkWithoutBackfill, .referenceWithoutBackfill, .schemaChangeInData,
      .engineSQLUnchecked, .engineSQLIncomplete, .breaksRunningProgram, .needlesslyBreaking:
      true
    }
  }

  /// The words for operators.
  package var text: LintText {
    switch self {
    case .dropTable: .dropTable
    case .dropColumn: .dropColumn
    case .renameColumn: .renameColumn
    case .columnWithCheck: .columnWithCheck
    case .identityColumn: .identityColumn
    case .typeRewrite: .typeRewrite
    case .typeRecheck: .typeRecheck
    case .backfillInTransaction: .backfillInTransaction
    case .largeBackfillBatch: .largeBackfillBatch
    case .requiredColumn: .requiredColumn
    case .notNullWithoutBackfill: .notNullWithoutBackfill
    case .uniqueWithoutBackfill: .uniqueWithoutBackfill
    case .checkWithoutBackfill: .checkWithoutBackfill
    case .referenceWithoutBackfill: .referenceWithoutBackfill
    case .schemaChangeInData: .schemaChangeInData
    case .engineSQLUnchecked: .engineSQLUnchecked
    case .engineSQLIncomplete: .engineSQLIncomplete
    case .breaksRunningProgram: .breaksRunningProgram
    case .needlesslyBreaking: .needlesslyBreaking
    case .allowanceWithoutReason: .allowanceWithoutReason
    case .unusedAllowance: .unusedAllowance
    }
  }
}

import Schema

@testable import Migrations

extension LintExample {
  static let all = losses + locks + rowFailures + statements + programs + switches

  private static let losses = [
    LintExample(
      rule: .dropTable, violation: [step([.dropTable("spares")])],
      around: [step([.dropTable("spares").allowing(.dropTable, because: "unused since version 1")])]),
    LintExample(
      rule: .dropColumn, violation: [step([.dropColumn("note", table: "things")])],
      around: [
        step([.dropColumn("note", table: "things").allowing(.dropColumn, because: "unused since version 1")])
      ]),
    LintExample(
      rule: .renameColumn, violation: [step([.renameColumn("note", to: "remark", table: "things")])],
      around: replacing("note", by: ColumnDefinition(name: "remark", type: .text, isNullable: true))),
  ]

  private static let locks = [
    LintExample(
      rule: .columnWithCheck,
      violation: [step(1, [.addColumn(text("size", allowed: ["s", "l"]), table: "things")])],
      around: [
        step(
          1,
          [
            .addColumn(text("size"), table: "things"),
            .changeAllowedValues(of: "size", to: ["s", "l"], table: "things"),
          ])
      ]),
    LintExample(
      rule: .identityColumn, violation: [step(1, [.addColumn(.identity, table: "pairs")])],
      around: [
        step(
          1,
          [
            .createTable(
              TableDefinition(
                name: "numbered_pairs", owner: nil,
                columns: [.identity, ColumnDefinition(name: "left_id", type: .bigint)]))
          ])
      ]),
    LintExample(
      rule: .typeRewrite, violation: [step([.changeType(of: "count", to: .bigint, table: "things")])],
      around: replacing("count", by: ColumnDefinition(name: "total", type: .bigint, isNullable: true))),
    LintExample(
      rule: .typeRecheck, violation: [step(1, [.changeType(of: "kind", to: .varchar(16), table: "things")])],
      around: [
        step([
          .changeAllowedValues(of: "kind", to: nil, table: "things"),
          .changeType(of: "kind", to: .varchar(16), table: "things"),
          .changeAllowedValues(of: "kind", to: ["a", "b"], table: "things"),
        ])
      ]),
    LintExample(
      rule: .backfillInTransaction,
      violation: [step(1, [.data(["UPDATE things SET note = '' WHERE note IS NULL"])])],
      around: [step(1, [fill("note = ''", where: "note IS NULL")])]),
    LintExample(
      rule: .largeBackfillBatch,
      violation: [step(1, [.backfill(Backfill(table: "things", set: "note = ''", batchRows: 1_000_000))])],
      around: [step(1, [fill("note = ''")])]),
  ]

  private static func fill(_ assignments: String, where condition: String? = nil) -> SchemaChange {
    .backfill(Backfill(table: "things", set: assignments, where: condition))
  }

  private static let filled = SchemaChange.changeNullability(of: "note", isNullable: false, table: "things")
  private static let unique = SchemaChange.addUniqueKey(["title"], table: "things")
  private static let positive = SchemaChange.addCheck(
    CheckDefinition(name: "things_count_positive", columns: ["count"], condition: "count > 0"),
    table: "things")
  private static let spare = SchemaChange.addReference(
    Reference(column: "owner_id", table: "spares"), table: "things")

  /// The rules on rows: the violation fails on ``rows``, and the way around does not.
  static let rowFailures = [
    LintExample(
      rule: .requiredColumn,
      violation: [step([.addColumn(ColumnDefinition(name: "size", type: .integer), table: "things")])],
      around: [step(1, [.addColumn(text("size"), table: "things")])]),
    LintExample(
      rule: .notNullWithoutBackfill, violation: [step([filled])],
      around: [step([fill("note = ''", where: "note IS NULL"), filled])]),
    LintExample(
      rule: .uniqueWithoutBackfill, violation: [step([unique])],
      around: [step([fill("title = title || id"), unique])]),
    LintExample(
      rule: .checkWithoutBackfill, violation: [step([positive])],
      around: [step([fill("count = 1", where: "count < 1"), positive])]),
    LintExample(
      rule: .referenceWithoutBackfill, violation: [step([spare])],
      around: [step([fill("owner_id = NULL", where: "owner_id NOT IN (SELECT id FROM spares)"), spare])]),
  ]

  private static let statements = [
    LintExample(
      rule: .schemaChangeInData,
      violation: [step(1, [.data(["CREATE INDEX things_note_idx ON things (note)"])])],
      around: [step(1, [.createIndex(["note"], table: "things")])]),
    LintExample(
      rule: .engineSQLUnchecked, violation: [step(1, [sql("ANALYZE things")])],
      around: [
        step(1, [sql("ANALYZE things").allowing(.engineSQLUnchecked, because: "it blocks no session")])
      ]),
    LintExample(
      rule: .engineSQLIncomplete,
      violation: [
        step(
          1,
          [
            sql("ANALYZE things", on: Array(engines.prefix(1)))
              .allowing(.engineSQLUnchecked, because: "it blocks no session")
          ])
      ],
      around: [
        step(1, [sql("ANALYZE things").allowing(.engineSQLUnchecked, because: "it blocks no session")])
      ]),
  ]

  private static let relaxed = SchemaChange.changeNullability(of: "title", isNullable: true, table: "things")

  private static let programs = [
    LintExample(
      rule: .breaksRunningProgram, violation: [step(1, [relaxed])], around: [step([relaxed])]),
    LintExample(
      rule: .needlesslyBreaking, violation: [step([.createIndex(["note"], table: "things")])],
      around: [step(1, [.createIndex(["note"], table: "things")])]),
  ]

  private static let switches = [
    LintExample(
      rule: .allowanceWithoutReason,
      violation: [step([.dropTable("spares").allowing(.dropTable, because: " ")])],
      around: [step([.dropTable("spares").allowing(.dropTable, because: "unused since version 1")])],
      others: [.dropTable]),
    LintExample(
      rule: .unusedAllowance,
      violation: [
        step(1, [.createIndex(["note"], table: "things").allowing(.dropTable, because: "it is small")])
      ],
      around: [step(1, [.createIndex(["note"], table: "things")])]),
  ]
}

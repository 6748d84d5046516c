import Schema

/// The changes that lead from the migrations' tables to the declared ones, as a proposal for the developer.
///
/// Pure: it compares two lists of definitions. It cannot see the rows and the intention behind a change, so it notes them in
/// comments wherever another change may be meant or rows may stand in the way.
package struct SchemaProposal: Sendable, Hashable {
  /// One change, with the questions that the developer answers before the change stays.
  package struct Item: Sendable, Hashable {
    /// The change.
    package let change: SchemaChange
    /// Sentences for the comment above it; often empty.
    package let questions: [String]
  }

  /// The changes of the step.
  package let up: [Item]
  /// The changes that revert it.
  package let down: [Item]

  /// Proposes the step from `before` to `after`, which are lists without the record of migrations.
  package init(from before: [TableDefinition], to after: [TableDefinition]) {
    up = TableListComparison(before: before, after: after).items(notesDoubts: true)
    down = TableListComparison(before: after, after: before).items(notesDoubts: false)
  }

  /// Proposes the step from the newest migration to the declared schema.
  package static func ofSchema(
    _ declared: [TableDefinition] = Schema.tables, after migrations: [Migration] = Migration.all
  ) throws(SchemaHistory.Contradiction) -> SchemaProposal {
    let record = SchemaMigrations.definition.name
    let before = try SchemaHistory(after: migrations).tables
    return SchemaProposal(from: before, to: declared.filter { $0.name != record })
  }

  /// Whether both sides are the same.
  package var isEmpty: Bool { up.isEmpty }

  /// Whether the statements of older programs keep their meaning after the step.
  package var isAdditive: Bool { up.allSatisfy { $0.questions.isEmpty && $0.change.isAdditive } }
}

extension SchemaChange {
  /// Whether the change only adds what older programs do not use.
  fileprivate var isAdditive: Bool {
    switch self {
    case .createTable: true
    case .addColumn(let column, _): column.isNullable || column.defaultValue != nil
    case .createIndex(let index, _): !index.isUnique
    case .dropIndex(let index, _): !index.isUnique
    case .allowed(let change, _): change.isAdditive
    case .dropTable, .dropColumn, .renameColumn, .changeType, .changeNullability, .changeDefault,
      .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck,
      .dropCheck,
      .data, .backfill, .engineSQL:
      false
    }
  }
}

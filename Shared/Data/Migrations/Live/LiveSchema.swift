/// The schema as a database has it, read from its catalog by the engine's administration.
///
/// Every text in it is canonical: types are spelled as the dialect spells them, and expressions lose the casts and
/// parentheses that engines add. Equal texts thus mean equal objects. What the vocabulary of ``Schema`` cannot state
/// keeps its own text, so that no object is overlooked.
package struct LiveSchema: Sendable, Hashable {
  /// Every table and view that users of the database made, with those of other programs.
  package var tables: [LiveTable]

  /// A schema of these tables.
  package init(tables: [LiveTable] = []) {
    self.tables = tables
  }

  /// The table or view with this name in the fleet's own schema, or nil.
  package func table(named name: String) -> LiveTable? {
    tables.first { $0.schema == nil && $0.name == name }
  }
}

/// The name of another relation, with its schema; nil for the fleet's own.
package struct LiveRelation: Sendable, Hashable {
  /// The schema.
  package let schema: String?
  /// The name in it.
  package let name: String

  /// Names a relation.
  package init(schema: String?, name: String) {
    self.schema = schema
    self.name = name
  }
}

/// One table of a live schema, or another object in a table's place.
package struct LiveTable: Sendable, Hashable {
  /// What the object is.
  package enum Kind: Sendable, Hashable {
    case table
    /// In words, with an article: `a view`, `a partitioned table`.
    case other(String)
  }

  /// The schema; nil for the fleet's own, and on an engine without schemas.
  package var schema: String?
  /// The name, without quotation marks.
  package var name: String
  /// What the object is.
  package var kind: Kind
  /// In the order of their creation, which has no meaning.
  package var columns: [LiveColumn] = []
  /// The primary key, or nil.
  package var primaryKey: LiveKey?
  /// The unique constraints beside the primary key.
  package var uniqueKeys: [LiveKey] = []
  /// The indexes beside those of the keys, unique ones included.
  package var indexes: [LiveIndex] = []
  /// The foreign keys to other tables.
  package var foreignKeys: [LiveForeignKey] = []
  /// The check constraints.
  package var checks: [LiveCheck] = []
  /// What else acts on the table's rows.
  package var attachments: [LiveAttachment] = []
  /// Properties of the whole table that no definition declares, in words: `unlogged`, `strict`.
  package var traits: Set<String> = []
  /// The tables that it is a partition or a child of, and those that these are one of.
  package var ancestors: Set<LiveRelation> = []
  /// The relations whose rows it shows by rights that are not the reader's: those that a view reads, and the ancestors
  /// and descendants of a table.
  package var shown: Set<LiveRelation> = []
  /// The verbs (`insert`, `update`, `delete`) whose statements a rule replaces by others.
  package var replacedVerbs: Set<String> = []

  /// A table without columns.
  package init(name: String, schema: String? = nil, kind: Kind = .table) {
    self.schema = schema
    self.name = name
    self.kind = kind
  }

  /// The column with this name, or nil.
  package func column(named name: String) -> LiveColumn? {
    columns.first { $0.name == name }
  }

  /// The name with its schema, where that is another than the fleet's.
  package var qualifiedName: String { schema.map { "\($0).\(name)" } ?? name }
}

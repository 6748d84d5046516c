/// A primary key or a unique constraint.
package struct LiveKey: Sendable, Hashable {
  /// The constraint's name; nil where the definition gives none.
  package var name: String?
  /// The columns in order.
  package var columns: [String]
  /// Properties that a declared key does not have, in words: `deferrable`, `nulls not distinct`, `invalid`.
  package var traits: Set<String> = []

  /// A key over columns.
  package init(name: String?, columns: [String], traits: Set<String> = []) {
    self.name = name
    self.columns = columns
    self.traits = traits
  }
}

/// An index that no constraint made.
package struct LiveIndex: Sendable, Hashable {
  /// The name.
  package var name: String
  /// Each key as a column's name or a canonical expression, with `desc` where the order is reversed.
  package var keys: [String]
  /// Whether two rows may not have equal keys.
  package var isUnique = false
  /// The canonical condition of a partial index; nil for an index over all rows.
  package var predicate: String?
  /// Properties that a plain index does not have, in words: `invalid`, `using hash`.
  package var traits: Set<String> = []

  /// An index over keys.
  package init(
    name: String, keys: [String], isUnique: Bool = false, predicate: String? = nil, traits: Set<String> = []
  ) {
    self.name = name
    self.keys = keys
    self.isUnique = isUnique
    self.predicate = predicate
    self.traits = traits
  }

  /// Whether the index enforces the same as a unique constraint on its keys.
  package var isWholeKey: Bool { isUnique && predicate == nil && traits.isEmpty }
}

/// A foreign key.
package struct LiveForeignKey: Sendable, Hashable {
  /// The constraint's name; nil where the definition gives none.
  package var name: String?
  /// The referring columns.
  package var columns: [String]
  /// The referenced table, with its schema where that is another than the fleet's.
  package var table: String
  /// The referenced columns; empty for the primary key of the referenced table.
  package var referencedColumns: [String] = []
  /// What a delete of the referenced row does: `cascade`, `set null`; nil means that the engine refuses it.
  package var onDelete: String?
  /// What an update of the referenced key does; nil means that the engine refuses it.
  package var onUpdate: String?
  /// Properties that a declared foreign key does not have, in words: `not valid`, `deferrable`.
  package var traits: Set<String> = []

  /// A key that refers to a table, with the engine's refusal as its action.
  package init(name: String?, columns: [String], table: String) {
    self.name = name
    self.columns = columns
    self.table = table
  }
}

/// A check constraint.
package struct LiveCheck: Sendable, Hashable {
  /// The constraint's name; nil where the definition gives none.
  package var name: String?
  /// The canonical condition.
  package var expression: String
  /// Properties that a declared check does not have, in words: `not valid`, `no inherit`.
  package var traits: Set<String> = []
}

/// Another object that changes what statements on the table do.
package struct LiveAttachment: Sendable, Hashable {
  /// What it is: `trigger`, `rule`, `child table`, `parent table`, `exclusion constraint`.
  package var kind: String
  /// Its name.
  package var name: String

  /// An attachment of a kind.
  package init(_ kind: String, name: String) {
    self.kind = kind
    self.name = name
  }
}

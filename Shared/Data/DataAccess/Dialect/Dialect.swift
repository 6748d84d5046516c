/// The capabilities and the spelling of an engine's SQL, as values.
///
/// Code branches on a capability, never on a name: another engine is another value of this type. The capabilities are
/// its members (`dialect.bindLimit`). Copies share them, so that passing a dialect around is cheap.
@dynamicMemberLookup
package struct Dialect: Sendable {
  private final class Storage: Sendable {
    let capabilities: DialectCapabilities

    init(_ capabilities: DialectCapabilities) {
      self.capabilities = capabilities
    }
  }

  private var storage: Storage

  /// A dialect with these capabilities.
  package init(_ capabilities: DialectCapabilities) {
    storage = Storage(capabilities)
  }

  /// A capability; setting it does not change other copies.
  package subscript<Value>(dynamicMember path: WritableKeyPath<DialectCapabilities, Value>) -> Value {
    get { storage.capabilities[keyPath: path] }
    set {
      var changed = storage.capabilities
      changed[keyPath: path] = newValue
      storage = Storage(changed)
    }
  }

  /// Whether the two share their capabilities, so that they render every statement in the same way.
  func isIdentical(to other: Dialect) -> Bool { storage === other.storage }

  /// A copy that shares nothing with this dialect. A connection keeps one: loops that share a dialect contend for its
  /// reference count with every statement.
  package func unshared() -> Dialect { Dialect(storage.capabilities) }

  /// The name under which the account reaches `table`, and what an insert into it returns.
  package func relation(for table: String) -> Relation {
    let relations = storage.capabilities.relations
    if !relations.isEmpty, let relation = relations[table] { return relation }
    return Relation(name: table, insertedValues: storage.capabilities.insertedValues, supportsUpsert: true)
  }

  /// A plain member, because every statement reads it, and a dynamic member is slower.
  package var placeholders: PlaceholderStyle { storage.capabilities.placeholders }

  /// As ``placeholders``.
  package var identifierQuote: Character { storage.capabilities.identifierQuote }
  /// Whether `U&"..."` names characters by number.
  package var hasUnicodeEscapes: Bool { storage.capabilities.hasUnicodeEscapes }
}

/// The table or view through which an account reaches a table.
package struct Relation: Sendable, Hashable {
  /// The name that the account uses.
  package let name: String
  /// The name into which the account inserts: it may read a whole table and add only rows of its own.
  package let insertName: String
  /// How an insert into it returns the values that the engine filled in.
  package let insertedValues: InsertedValues
  /// Whether an insert into it may update the row that has the same key.
  package let supportsUpsert: Bool

  /// A relation under the account's name for it. Inserts go to the same one by default.
  package init(
    name: String, insertName: String? = nil, insertedValues: InsertedValues, supportsUpsert: Bool
  ) {
    self.name = name
    self.insertName = insertName ?? name
    self.insertedValues = insertedValues
    self.supportsUpsert = supportsUpsert
  }
}

/// How a statement marks its placeholders.
package enum PlaceholderStyle: Sendable, Hashable {
  /// A prefix and a number, from 1: `$1`.
  case numbered(prefix: String)
  /// The same mark everywhere: `?`.
  case positional(String)
}

/// How the engine returns its plan of a statement for any values.
package enum GenericPlan: Sendable, Hashable {
  /// These words before the statement, with its placeholders.
  case prefix(String)
  /// The engine has no such plan, for a reason that the log shows.
  case none(because: String)
}

/// How an insert returns the values that the engine filled in.
package enum InsertedValues: Sendable, Hashable {
  /// By a `RETURNING` clause.
  case returning
  /// The result carries the new identity (``ResultSet/insertedID``); the rest is read by it.
  case identityInResult
  /// It returns none: a select by a unique key reads the row afterwards.
  case readBack
}

/// How an insert updates the row that has the same key.
package enum UpsertStyle: Sendable, Hashable {
  /// `ON CONFLICT (key) DO UPDATE SET column = excluded.column`.
  case onConflict
  /// `ON DUPLICATE KEY UPDATE column = VALUES(column)`.
  case onDuplicateKey
}

/// SQL around a column. Its type admits no text from outside the program.
package struct SurroundingText: Sendable {
  /// What stands before the column.
  package let before: StaticString
  /// What stands after it.
  package let after: StaticString

  /// A piece of SQL with a gap for a column.
  package init(before: StaticString, after: StaticString) {
    self.before = before
    self.after = after
  }
}

/// The values that a check constraint refuses, because the engine's types do not.
package enum TypeChecks: Sendable, Hashable {
  /// The engine refuses what does not fit its type.
  case none
  /// Numbers that are no booleans.
  case booleans
  /// Numbers that are no booleans, and texts of another length.
  case booleansAndLengths
}

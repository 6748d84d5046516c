/// What an engine's SQL can do and how it is spelled, as values.
///
/// Code asks for a capability, never for a name: another engine is another value of this type. The capabilities are
/// members of it (`dialect.bindLimit`); copies share them, so that handing a dialect around costs nothing.
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

  /// A capability; setting it leaves other copies as they are.
  package subscript<Value>(dynamicMember path: WritableKeyPath<DialectCapabilities, Value>) -> Value {
    get { storage.capabilities[keyPath: path] }
    set {
      var changed = storage.capabilities
      changed[keyPath: path] = newValue
      storage = Storage(changed)
    }
  }

  /// Under which name the account reaches `table`, and what comes back from inserting there.
  package func relation(for table: String) -> Relation {
    let relations = storage.capabilities.relations
    if !relations.isEmpty, let relation = relations[table] { return relation }
    return Relation(name: table, insertedValues: storage.capabilities.insertedValues, supportsUpsert: true)
  }

  /// Beside the other capabilities because every statement asks for it: a plain member is read faster.
  package var placeholders: PlaceholderStyle { storage.capabilities.placeholders }

  /// As ``placeholders``.
  package var identifierQuote: Character { storage.capabilities.identifierQuote }
}

/// A table or view that stands for a table.
package struct Relation: Sendable, Hashable {
  /// What the account calls it.
  package let name: String
  /// How the values that the engine filled in come back from an insert into it.
  package let insertedValues: InsertedValues
  /// Whether an insert into it may become an update where the key is taken.
  package let supportsUpsert: Bool

  /// A relation by the name that the account sees.
  package init(name: String, insertedValues: InsertedValues, supportsUpsert: Bool) {
    self.name = name
    self.insertedValues = insertedValues
    self.supportsUpsert = supportsUpsert
  }
}

/// How a statement marks the places of its values.
package enum PlaceholderStyle: Sendable, Hashable {
  /// A prefix and a number, counted from 1: `$1`.
  case numbered(prefix: String)
  /// The same mark everywhere: `?`.
  case positional(String)
}

/// How the values that the engine filled in come back from an insert.
package enum InsertedValues: Sendable, Hashable {
  /// By a `RETURNING` clause.
  case returning
  /// The result carries the new identity (``ResultSet/insertedID``); the rest is read by it.
  case identityInResult
  /// Not at all: the row is read back by a unique key.
  case readBack
}

/// How an insert becomes an update where its key is taken.
package enum UpsertStyle: Sendable, Hashable {
  /// `ON CONFLICT (key) DO UPDATE SET column = excluded.column`.
  case onConflict
  /// `ON DUPLICATE KEY UPDATE column = VALUES(column)`.
  case onDuplicateKey
}

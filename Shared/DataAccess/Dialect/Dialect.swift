import Schema

/// What an engine's SQL can do and how it is spelled, as values.
///
/// Code asks for a capability, never for a name: another engine is another value of this type.
public struct Dialect: Sendable {
  /// What the engine is called in messages; nothing may branch on it.
  public var engineName: String
  public var placeholders: PlaceholderStyle
  /// The character around identifiers; doubled inside them.
  public var identifierQuote: Character
  /// How the values of columns that the engine filled in come back from an insert.
  public var insertedValues: InsertedValues
  public var upsert: UpsertStyle
  /// Whether `FOR UPDATE` locks the selected rows; an engine with a single writer needs no such clause.
  public var supportsRowLocks: Bool
  public var supportsSkipLocked: Bool
  /// Whether DDL is undone by a rollback.
  public var hasTransactionalDDL: Bool
  /// Whether the engine itself refuses text that is too long and booleans that are none; otherwise check constraints do.
  public var enforcesDeclaredTypes: Bool
  /// Whether dropping an index names its table too.
  public var dropsIndexFromTable: Bool
  /// A select that answers one row when the table whose name is bound to it exists.
  public var tableExists: String
  /// Placeholders in one statement, at most.
  public var bindLimit: Int
  public var trueLiteral: String
  public var falseLiteral: String
  public var transactions: TransactionStatements
  public var sessionLock: SessionLock
  public var types: TypeNames
  /// The names of the tables that this account sees under other names; the rest bear their own.
  public var relations: [String: Relation]

  public init(
    engineName: String, placeholders: PlaceholderStyle, identifierQuote: Character = "\"",
    insertedValues: InsertedValues, upsert: UpsertStyle, supportsRowLocks: Bool, supportsSkipLocked: Bool,
    hasTransactionalDDL: Bool, enforcesDeclaredTypes: Bool, dropsIndexFromTable: Bool, tableExists: String,
    bindLimit: Int, trueLiteral: String, falseLiteral: String,
    transactions: TransactionStatements, sessionLock: SessionLock, types: TypeNames,
    relations: [String: Relation] = [:]
  ) {
    self.engineName = engineName
    self.placeholders = placeholders
    self.identifierQuote = identifierQuote
    self.insertedValues = insertedValues
    self.upsert = upsert
    self.supportsRowLocks = supportsRowLocks
    self.supportsSkipLocked = supportsSkipLocked
    self.hasTransactionalDDL = hasTransactionalDDL
    self.enforcesDeclaredTypes = enforcesDeclaredTypes
    self.dropsIndexFromTable = dropsIndexFromTable
    self.tableExists = tableExists
    self.bindLimit = bindLimit
    self.trueLiteral = trueLiteral
    self.falseLiteral = falseLiteral
    self.transactions = transactions
    self.sessionLock = sessionLock
    self.types = types
    self.relations = relations
  }

  /// Under which name the account reaches `table`, and what comes back from inserting there.
  public func relation(for table: String) -> Relation {
    relations.isEmpty ? plainRelation(table) : relations[table] ?? plainRelation(table)
  }

  private func plainRelation(_ table: String) -> Relation {
    Relation(name: table, insertedValues: insertedValues, supportsUpsert: true)
  }
}

/// A table or view that stands for a table.
public struct Relation: Sendable, Hashable {
  public let name: String
  public let insertedValues: InsertedValues
  public let supportsUpsert: Bool

  public init(name: String, insertedValues: InsertedValues, supportsUpsert: Bool) {
    self.name = name
    self.insertedValues = insertedValues
    self.supportsUpsert = supportsUpsert
  }
}

/// How a statement marks the places of its values.
public enum PlaceholderStyle: Sendable, Hashable {
  /// A prefix and a number, counted from 1: `$1`.
  case numbered(prefix: String)
  /// The same mark everywhere: `?`.
  case positional(String)
}

/// How the values that the engine filled in come back from an insert.
public enum InsertedValues: Sendable, Hashable {
  /// By a `RETURNING` clause.
  case returning
  /// The result carries the new identity (``ResultSet/insertedID``); the rest is read by it.
  case identityInResult
  /// Not at all: the row is read back by a unique key.
  case readBack
}

/// How an insert becomes an update where its key is taken.
public enum UpsertStyle: Sendable, Hashable {
  /// `ON CONFLICT (key) DO UPDATE SET column = excluded.column`.
  case onConflict
  /// `ON DUPLICATE KEY UPDATE column = VALUES(column)`.
  case onDuplicateKey
}

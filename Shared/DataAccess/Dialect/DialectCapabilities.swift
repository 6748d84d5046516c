import Schema

/// The capabilities that a ``Dialect`` carries, one by one.
public struct DialectCapabilities: Sendable {
  /// What the engine is called in messages; nothing may branch on it.
  public var engineName: String
  /// How a statement marks the places of its values.
  public var placeholders: PlaceholderStyle
  /// The character around identifiers; doubled inside them.
  public var identifierQuote: Character
  /// How the values of columns that the engine filled in come back from an insert.
  public var insertedValues: InsertedValues
  /// How an insert becomes an update where its key is taken.
  public var upsert: UpsertStyle
  /// Whether `FOR UPDATE` locks the selected rows; an engine with a single writer needs no such clause.
  public var supportsRowLocks: Bool
  /// Whether a locking select can leave out the rows that others have locked.
  public var supportsSkipLocked: Bool
  /// Whether DDL is undone by a rollback.
  public var hasTransactionalDDL: Bool
  /// Whether the engine itself refuses text that is too long and booleans that are none; else check constraints do.
  public var enforcesDeclaredTypes: Bool
  /// Whether dropping an index names its table too.
  public var dropsIndexFromTable: Bool
  /// A select that answers one row when the table whose name is bound to it exists.
  public var tableExists: String
  /// A select that answers one row when the table whose name is bound to it has the column whose name is bound next.
  public var columnExists: String
  /// Whether `ADD COLUMN IF NOT EXISTS` is understood; else whoever adds a column has to look first.
  public var addsColumnIfMissing: Bool
  /// Placeholders in one statement, at most.
  public var bindLimit: Int
  /// How true is written in DDL.
  public var trueLiteral: String
  /// How false is written in DDL.
  public var falseLiteral: String
  /// How a transaction begins and ends.
  public var transactions: TransactionStatements
  /// How migrations keep others of their kind away.
  public var sessionLock: SessionLock
  /// The names of the column types in DDL.
  public var types: TypeNames
  /// The names of the tables that this account sees under other names; the rest bear their own.
  public var relations: [String: Relation]

  /// Every capability has to be said: a new engine gets none by accident.
  public init(
    engineName: String, placeholders: PlaceholderStyle, identifierQuote: Character = "\"",
    insertedValues: InsertedValues, upsert: UpsertStyle, supportsRowLocks: Bool, supportsSkipLocked: Bool,
    hasTransactionalDDL: Bool, enforcesDeclaredTypes: Bool, dropsIndexFromTable: Bool, tableExists: String,
    columnExists: String, addsColumnIfMissing: Bool, bindLimit: Int, trueLiteral: String,
    falseLiteral: String,
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
    self.columnExists = columnExists
    self.addsColumnIfMissing = addsColumnIfMissing
    self.bindLimit = bindLimit
    self.trueLiteral = trueLiteral
    self.falseLiteral = falseLiteral
    self.transactions = transactions
    self.sessionLock = sessionLock
    self.types = types
    self.relations = relations
  }
}

import Schema

/// The capabilities that a ``Dialect`` carries, one by one.
package struct DialectCapabilities: Sendable {
  /// What the engine is called in messages; nothing may branch on it.
  package var engineName: String
  /// How a statement marks the places of its values.
  package var placeholders: PlaceholderStyle
  /// The character around identifiers; doubled inside them.
  package var identifierQuote: Character
  /// How the values of columns that the engine filled in come back from an insert.
  package var insertedValues: InsertedValues
  /// How an insert becomes an update where its key is taken.
  package var upsert: UpsertStyle
  /// Whether `FOR UPDATE` locks the selected rows; an engine with a single writer needs no such clause.
  package var supportsRowLocks: Bool
  /// Whether a locking select can leave out the rows that others have locked.
  package var supportsSkipLocked: Bool
  /// Whether DDL is undone by a rollback.
  package var hasTransactionalDDL: Bool
  /// Whether the engine itself refuses text that is too long and booleans that are none; else check constraints do.
  package var enforcesDeclaredTypes: Bool
  /// Whether dropping an index names its table too.
  package var dropsIndexFromTable: Bool
  /// A select that answers one row when the table whose name is bound to it exists.
  package var tableExists: String
  /// A select that answers one row when the table whose name is bound to it has the column whose name is bound next.
  package var columnExists: String
  /// Whether `ADD COLUMN IF NOT EXISTS` is understood; else whoever adds a column has to look first.
  package var addsColumnIfMissing: Bool
  /// Placeholders in one statement, at most.
  package var bindLimit: Int
  /// How true is written in DDL.
  package var trueLiteral: String
  /// How false is written in DDL.
  package var falseLiteral: String
  /// How a transaction begins and ends.
  package var transactions: TransactionStatements
  /// How migrations keep others of their kind away.
  package var sessionLock: SessionLock
  /// The names of the column types in DDL.
  package var types: TypeNames
  /// The names of the tables that this account sees under other names; the rest bear their own.
  package var relations: [String: Relation]

  /// Every capability has to be said: a new engine gets none by accident.
  package init(
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

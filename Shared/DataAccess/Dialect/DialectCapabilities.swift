import Schema

/// The capabilities that a ``Dialect`` carries, one by one.
public struct DialectCapabilities: Sendable {
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
}

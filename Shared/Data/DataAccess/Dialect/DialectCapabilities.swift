import Schema

/// The capabilities that a ``Dialect`` carries, one by one.
package struct DialectCapabilities: Sendable {
  /// The engine's name in messages; no code branches on it.
  package var engineName: String
  /// How a statement marks its placeholders.
  package var placeholders: PlaceholderStyle
  /// The character around identifiers; it is doubled inside them.
  package var identifierQuote: Character
  /// Whether `U&"..."` and `U&'...'` name characters by number, as standard SQL has it. Without it, a name with a line
  /// end stands as it is.
  package var hasUnicodeEscapes: Bool
  /// How an insert returns the values that the engine filled in.
  package var insertedValues: InsertedValues
  /// How an insert updates the row that has the same key.
  package var upsert: UpsertStyle
  /// Whether an update and a delete return columns of the changed rows by a `RETURNING` clause.
  package var returnsChangedRows: Bool
  /// Whether an aggregate function takes a `FILTER` clause; otherwise a CASE stands in its argument.
  package var filtersAggregates: Bool
  /// The day of a timestamp in UTC.
  package var dayInUTC: SurroundingText
  /// Whether `FOR UPDATE` locks the selected rows, and `SKIP LOCKED` passes over those of others; an engine with a single
  /// writer needs no such clauses.
  package var supportsRowLocks: Bool
  /// How a reader of a table learns that no transaction will commit a row behind one that it has read.
  package var openWriters: OpenWritersQuery
  /// A select of the server's present time, in microseconds since 1970.
  package var serverMicroseconds: String
  /// Whether DDL is undone by a rollback.
  package var hasTransactionalDDL: Bool
  /// The values that a check constraint has to refuse, because the declared type does not.
  package var typeChecks: TypeChecks
  /// Whether a column's own check may have a name. Otherwise the check belongs to the table.
  package var namesColumnChecks: Bool
  /// Whether DROP INDEX names the table too.
  package var dropsIndexFromTable: Bool
  /// Whether a text without a limit takes a default only as an expression, in parentheses.
  package var longTextDefaultsAreExpressions: Bool
  /// A select that returns one row when the bound table name exists.
  package var tableExists: String
  /// A select that returns one row when the first bound name is a table with a column of the second bound name.
  package var columnExists: String
  /// The engine's code for a statement that names a missing column. An engine that shares the code with other mistakes
  /// reports those as a missing column too.
  package var undefinedColumnCode: String
  /// Whether `ADD COLUMN IF NOT EXISTS` exists; otherwise a migration checks for the column first.
  package var addsColumnIfMissing: Bool
  /// The most placeholders in one statement.
  package var bindLimit: Int
  /// The literal for true in DDL.
  package var trueLiteral: String
  /// The literal for false in DDL.
  package var falseLiteral: String
  /// How a transaction begins and ends.
  package var transactions: TransactionStatements
  /// The lock that lets one migration run at a time.
  package var sessionLock: SessionLock
  /// How the definitions of existing tables change.
  package var definitions: DefinitionCapabilities
  /// How the engine returns its plan of a statement for any values.
  package var genericPlan: GenericPlan
  /// The names of the column types in DDL.
  package var types: TypeNames
  /// The tables that this account sees under other names; all others keep their own.
  package var relations: [String: Relation]

  /// Every capability is a required argument: a new engine gets none by accident.
  package init(
    engineName: String, placeholders: PlaceholderStyle, identifierQuote: Character = "\"",
    hasUnicodeEscapes: Bool,
    insertedValues: InsertedValues, upsert: UpsertStyle,
    returnsChangedRows: Bool, filtersAggregates: Bool, dayInUTC: SurroundingText, supportsRowLocks: Bool,
    openWriters: OpenWritersQuery, serverMicroseconds: String, hasTransactionalDDL: Bool,
    typeChecks: TypeChecks,
    namesColumnChecks: Bool = true,
    dropsIndexFromTable: Bool, longTextDefaultsAreExpressions: Bool = false, tableExists: String,
    columnExists: String, undefinedColumnCode: String, addsColumnIfMissing: Bool, bindLimit: Int,
    trueLiteral: String,
    falseLiteral: String,
    transactions: TransactionStatements, sessionLock: SessionLock, definitions: DefinitionCapabilities,
    genericPlan: GenericPlan, types: TypeNames,
    relations: [String: Relation] = [:]
  ) {
    self.engineName = engineName
    self.placeholders = placeholders
    self.identifierQuote = identifierQuote
    self.hasUnicodeEscapes = hasUnicodeEscapes
    self.insertedValues = insertedValues
    self.upsert = upsert
    self.returnsChangedRows = returnsChangedRows
    self.filtersAggregates = filtersAggregates
    self.dayInUTC = dayInUTC
    self.supportsRowLocks = supportsRowLocks
    self.openWriters = openWriters
    self.serverMicroseconds = serverMicroseconds
    self.hasTransactionalDDL = hasTransactionalDDL
    self.typeChecks = typeChecks
    self.namesColumnChecks = namesColumnChecks
    self.dropsIndexFromTable = dropsIndexFromTable
    self.longTextDefaultsAreExpressions = longTextDefaultsAreExpressions
    self.tableExists = tableExists
    self.columnExists = columnExists
    self.undefinedColumnCode = undefinedColumnCode
    self.addsColumnIfMissing = addsColumnIfMissing
    self.bindLimit = bindLimit
    self.trueLiteral = trueLiteral
    self.falseLiteral = falseLiteral
    self.transactions = transactions
    self.sessionLock = sessionLock
    self.definitions = definitions
    self.genericPlan = genericPlan
    self.types = types
    self.relations = relations
  }
}

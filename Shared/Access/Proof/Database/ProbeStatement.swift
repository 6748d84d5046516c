import DataAccess

/// SQL that is written when the connection is known, because an account may see a table under another name there.
struct ProbeStatement: Statement {
  /// A piece of the text.
  enum Part: Sendable {
    case sql(String)
    /// The name under which the account sees a table.
    case relation(String)
    /// A column or another name, quoted.
    case identifier(String)
    /// A value, bound.
    case value(DatabaseValue)
    /// The dialect's word for false: a condition that no row meets, for which no column need be read.
    case never
  }

  let parts: [Part]
  let operation: Operation
  let isRead: Bool

  init(_ operation: Operation, _ parts: [Part]) {
    self.parts = parts
    self.operation = operation
    isRead = operation.verb == .select
  }

  func query(from rendered: RenderedStatements) throws(DatabaseError) -> Query {
    let dialect = rendered.dialect
    var sql = ""
    var bindings: [DatabaseValue] = []
    for part in parts {
      switch part {
      case .sql(let text): sql += text
      case .relation(let table): sql += Self.quoted(dialect.relation(for: table).name, dialect)
      case .identifier(let name): sql += Self.quoted(name, dialect)
      case .never: sql += dialect.falseLiteral
      case .value(let value):
        bindings.append(value)
        sql += Self.placeholder(bindings.count, dialect)
      }
    }
    return Query(sql: sql, bindings: bindings, operation: operation, isRead: isRead, isReusable: false)
  }

  private static func quoted(_ name: String, _ dialect: Dialect) -> String {
    let quote = String(dialect.identifierQuote)
    return quote + name.replacing(quote, with: quote + quote) + quote
  }

  private static func placeholder(_ number: Int, _ dialect: Dialect) -> String {
    switch dialect.placeholders {
    case .numbered(let prefix): "\(prefix)\(number)"
    case .positional(let mark): mark
    }
  }
}

/// A cell and how it is tried.
struct DatabaseProbe: Sendable {
  /// When a statement that raised no error counts as allowed.
  enum Success: Sendable {
    /// Always: permission is checked whether rows are there or not.
    case completion
    /// When it read a row.
    case aRowRead
    /// When it changed a row.
    case aRowChanged
  }

  let cell: ProofCell
  /// What must be done on the session first; it must succeed.
  var preparation: [ProbeStatement] = []
  let statement: ProbeStatement
  let success: Success
  /// What the administrator executes afterwards where the cell was not denied and a rollback does not undo it.
  var undo: [String] = []
}

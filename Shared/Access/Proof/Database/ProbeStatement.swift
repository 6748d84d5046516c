import DataAccess

/// SQL that is rendered for each connection, because an account may see a table under another name there.
///
/// Even a select does not count as a read: a read may share its fate with others, and each attempt stands alone.
struct ProbeStatement: Statement {
  /// A part of the text.
  enum Part: Sendable {
    case sql(String)
    /// The table's name as the account sees it.
    case relation(String)
    /// A column or another name, quoted.
    case identifier(String)
    /// A value, bound.
    case value(DatabaseValue)
    /// The dialect's literal for false: a condition that no row meets and that reads no column.
    case never
  }

  let parts: [Part]
  let operation: Operation
  let isRead: Bool

  init(_ operation: Operation, _ parts: [Part]) {
    self.parts = parts
    self.operation = operation
    isRead = false
  }

  func query(from rendered: RenderedStatements) throws(DatabaseError) -> Query {
    let (sql, bindings) = text(in: rendered.dialect)
    return Query(sql: sql, bindings: bindings, operation: operation, isRead: isRead, isReusable: false)
  }

  /// The text in a dialect, and the values of its placeholders.
  func text(in dialect: Dialect) -> (sql: String, bindings: [DatabaseValue]) {
    var sql = ""
    var bindings: [DatabaseValue] = []
    for part in parts {
      switch part {
      case .sql(let text): sql += text
      case .relation(let table):
        sql += dialect.qualified(table, for: operation)
      case .identifier(let name): sql += dialect.quoted(name)
      case .never: sql += dialect.falseLiteral
      case .value(let value):
        bindings.append(value)
        sql += dialect.placeholder(bindings.count)
      }
    }
    return (sql, bindings)
  }
}

/// A cell and the statements that try it.
struct DatabaseProbe: Sendable {
  /// The condition under which a statement without an error counts as allowed.
  enum Success: Sendable {
    /// Always: the engine checks permission even where the table has no rows.
    case completion
    /// Always, and with one of these codes, which follow the check of permissions.
    case completionOrCode(Set<String>)
    /// Where it read a row.
    case aRowRead
    /// Where it changed a row.
    case aRowChanged
    /// Where the first column of the rows meets the condition.
    case text(@Sendable ([String]) -> Bool)
  }

  let cell: ProofCell
  /// Statements that must succeed on the session first.
  var preparation: [ProbeStatement] = []
  let statement: ProbeStatement
  let success: Success
  /// Statements that the administrator executes afterwards, where the cell was not denied and a rollback does not undo
  /// it.
  var undo: [String] = []

  /// The statements as people read them, with the tables' own names.
  func text(in dialect: Dialect) -> String {
    (preparation + [statement]).map { $0.text(in: dialect).sql }.joined(separator: "; ")
  }
}

extension Dialect {
  /// The table's name as the account sees it, with its schema where it has one.
  func qualified(_ table: String, for operation: Operation? = nil) -> String {
    let relation = relation(for: table)
    let name = operation?.verb == .insert ? relation.insertName : relation.name
    return name.split(separator: ".").map { quoted(String($0)) }.joined(separator: ".")
  }
}

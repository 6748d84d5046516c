import DataAccess

/// Writes the temporary views and triggers that hold an account to the rows of its scope.
///
/// For a table whose rows are scoped for reading: an inner view with the rows and a public one over it, with
/// `INSTEAD OF` triggers that carry writes to the table. For every table that the account may write: guards, which
/// are triggers on the table itself that refuse a row outside the scope, whichever way the write came, `REPLACE`
/// included (it deletes without asking for the right to delete, but with `recursive_triggers` it fires the triggers).
struct ScopeBuilder {
  private(set) var names: ScopedNames
  private(set) var statements: [String] = []

  init(names: ScopedNames) {
    self.names = names
  }

  /// A column of a table, as `PRAGMA table_info` tells it.
  struct ColumnInfo: Equatable {
    let name: String
    let isNotNull: Bool
    let defaultSQL: String?
    let isPrimaryKey: Bool
  }

  /// Adds what `table` needs.
  mutating func add(_ table: String, rights: SQLiteRights.TableRights, columns: [ColumnInfo]) {
    addGuards(table, rights)
    if let scope = rights.select?.rows { addViews(table, scope, columns) }
  }

  // MARK: - Views

  private mutating func addViews(_ table: String, _ scope: SQLiteRights.RowScope, _ columns: [ColumnInfo]) {
    let inner = names.makeInnerView(of: table)
    let view = SQLiteRights.scopedRelation(for: table)
    let list = columns.map { quoted($0.name) }.joined(separator: ", ")
    let condition = "\(quoted(scope.column)) COLLATE BINARY IS \(literal(scope.value))"
    statements.append(
      "CREATE TEMP VIEW \(inner) AS SELECT \(list) FROM main.\(quoted(table)) WHERE \(condition)")
    statements.append("CREATE TEMP VIEW \(view) AS SELECT \(list) FROM temp.\(inner)")
    addWrites(table, through: view, columns)
  }

  /// All three, whatever the rights: without a trigger SQLite would say that a view cannot be changed, before it
  /// asks whether the account may.
  private mutating func addWrites(_ table: String, through view: String, _ columns: [ColumnInfo]) {
    let list = columns.map { quoted($0.name) }.joined(separator: ", ")
    let values = columns.map(insertedValue).joined(separator: ", ")
    let assignments = columns.map { "\(quoted($0.name)) = NEW.\(quoted($0.name))" }.joined(separator: ", ")
    let keys = columns.filter(\.isPrimaryKey)
    let row = (keys.isEmpty ? columns : keys)
      .map { "\(quoted($0.name)) IS OLD.\(quoted($0.name))" }.joined(separator: " AND ")
    let bodies = [
      ("INSERT", "INSERT INTO \(quoted(table)) (\(list)) VALUES (\(values))"),
      ("UPDATE", "UPDATE \(quoted(table)) SET \(assignments) WHERE \(row)"),
      ("DELETE", "DELETE FROM \(quoted(table)) WHERE \(row)"),
    ]
    for (verb, body) in bodies {
      let name = names.makeTrigger(on: table)
      statements.append("CREATE TEMP TRIGGER \(name) INSTEAD OF \(verb) ON temp.\(view) BEGIN \(body); END")
    }
  }

  /// A view has no defaults: a column that an insert leaves out arrives as NULL.
  private func insertedValue(_ column: ColumnInfo) -> String {
    guard column.isNotNull, let value = column.defaultSQL else { return "NEW.\(quoted(column.name))" }
    return "coalesce(NEW.\(quoted(column.name)), (\(value)))"
  }

  // MARK: - Guards

  private mutating func addGuards(_ table: String, _ rights: SQLiteRights.TableRights) {
    if let scope = rights.insert?.rows { addGuard(table, .insert, scope, unless: outside(scope, of: "NEW")) }
    if let scope = rights.update?.rows {
      addGuard(table, .update, scope, unless: "\(outside(scope, of: "OLD")) OR \(outside(scope, of: "NEW"))")
    }
    if let scope = rights.delete?.rows { addGuard(table, .delete, scope, unless: outside(scope, of: "OLD")) }
    if rights.delete == nil, rights.insert != nil || rights.update != nil {
      addGuard(table, .delete, nil, unless: "true")
    }
  }

  private mutating func addGuard(
    _ table: String, _ verb: Denial.Verb, _ scope: SQLiteRights.RowScope?, unless condition: String
  ) {
    let name = names.makeTrigger(on: table)
    let message = literal(GuardMessage(Denial(verb: verb, table: table, column: scope?.column)).text)
    statements.append(
      """
      CREATE TEMP TRIGGER \(name) BEFORE \(verb.rawValue) ON main.\(quoted(table)) WHEN \(condition) \
      BEGIN SELECT RAISE(ABORT, \(message)); END
      """)
  }

  private func outside(_ scope: SQLiteRights.RowScope, of row: String) -> String {
    "\(row).\(quoted(scope.column)) COLLATE BINARY IS NOT \(literal(scope.value))"
  }

  private func quoted(_ name: String) -> String { Dialect.sqlite.quoted(name) }

  private func literal(_ text: String) -> String { Dialect.sqlite.literal(text) }
}

/// What a guard says when it refuses a row: told apart from an error of the application by its first word.
struct GuardMessage {
  static let marker = "bulkhead-row-denied"
  let denial: Denial

  init(_ denial: Denial) {
    self.denial = denial
  }

  var text: String { "\(Self.marker) \(denial.verb.rawValue) \(denial.table ?? "") \(denial.column ?? "")" }

  /// Reads the text back; nil for any other message.
  init?(text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 4, words[0] == Self.marker, let verb = Denial.Verb(rawValue: words[1]) else {
      return nil
    }
    denial = Denial(verb: verb, table: words[2], column: words[3].isEmpty ? nil : words[3])
  }
}

import DataAccess

/// Builds the temporary views and triggers that confine an account to the rows of its scope.
///
/// A table with a row scope for reading gets an inner view of those rows and a public view over it. `INSTEAD OF`
/// triggers on the public view pass writes to the table. Every writable table gets guards: triggers on the table itself
/// that reject a row outside the scope, however the write arrives. That includes `REPLACE`, which deletes without a
/// check of the right to delete, but fires the triggers under `recursive_triggers`.
struct ScopeBuilder {
  private(set) var names: ScopedNames
  private(set) var statements: [String] = []

  init(names: ScopedNames) {
    self.names = names
  }

  /// A column of a table, as `PRAGMA table_info` reports it.
  struct ColumnInfo: Equatable {
    let name: String
    let isNotNull: Bool
    let defaultSQL: String?
    let isPrimaryKey: Bool
  }

  /// Adds the views and triggers of `table`.
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

  /// Adds all three triggers, regardless of the account's rights. Without a trigger, SQLite reports that a view is
  /// read-only before it calls the authorizer.
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

  /// A view has no defaults, so a column that an insert omits arrives as NULL.
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

/// A guard's message when it rejects a row. Its first word distinguishes it from an error of the application.
struct GuardMessage {
  static let marker = "bulkhead-row-denied"
  let denial: Denial

  init(_ denial: Denial) {
    self.denial = denial
  }

  var text: String { "\(Self.marker) \(denial.verb.rawValue) \(denial.table ?? "") \(denial.column ?? "")" }

  /// Parses the text; nil for any other message.
  init?(text: String) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 4, words[0] == Self.marker, let verb = Denial.Verb(rawValue: words[1]) else {
      return nil
    }
    denial = Denial(verb: verb, table: words[2], column: words[3].isEmpty ? nil : words[3])
  }
}

/// Reads a `CREATE INDEX` statement, as ``DefinitionWriter`` writes it and as engines print it.
package enum SQLIndexReader {
  /// Returns the index and its table, or nil where the statement is none or has another form.
  package static func index(_ sql: String) -> (table: String, index: LiveIndex)? {
    var cursor = SQLCursor(sql)
    guard cursor.take("create") else { return nil }
    let isUnique = cursor.take("unique")
    guard cursor.take("index") else { return nil }
    _ = cursor.take("concurrently")
    _ = cursor.take("if", "not", "exists")
    guard let name = cursor.qualifiedName(), cursor.take("on") else { return nil }
    _ = cursor.take("only")
    guard let table = cursor.qualifiedName() else { return nil }
    var index = LiveIndex(name: name.name, keys: [], isUnique: isUnique)
    if cursor.take("using"), let method = cursor.name(), method != "btree" {
      index.traits.insert("using \(method)")
    }
    guard let keys = cursor.group() else { return nil }
    index.keys = SQLCursor.parts(of: keys).map(key)
    return readEnd(&cursor, into: &index) ? (table.name, index) : nil
  }

  /// A column or an expression, and what follows it, except for the engine's defaults.
  private static func key(_ tokens: ArraySlice<SQLToken>) -> String {
    var reader = SQLExpressionReader(SQLCursor(tokens))
    guard let expression = reader.expression() else { return tokens.map(\.sql).joined(separator: " ") }
    var rest = reader.cursor.tokens.map(\.sql)
    if rest.first == "asc" { rest.removeFirst() }
    return ([expression.text] + rest).joined(separator: " ")
  }

  private static func readEnd(_ cursor: inout SQLCursor, into index: inout LiveIndex) -> Bool {
    if cursor.take("include") {
      guard let names = cursor.names() else { return false }
      index.traits.insert("including \(names.joined(separator: ", "))")
    }
    if cursor.take("nulls", "not", "distinct") { index.traits.insert("nulls not distinct") }
    _ = cursor.take("nulls", "distinct")
    // Storage parameters change no result.
    if cursor.take("with") { _ = cursor.group() }
    if cursor.take("tablespace") { _ = cursor.name() }
    if cursor.take("where") {
      index.predicate = SQLExpression.canonical(cursor.tokens)
      return true
    }
    return cursor.isAtEnd
  }
}

/// Reads a `CREATE TABLE` statement: the text that ``DefinitionWriter`` writes, and the text that SQLite stores.
///
/// SQLite keeps a table's definition only as this text. For every engine, the same reader makes the expected table from
/// the migrations' own statement, so that no second description of it exists.
package struct SQLTableReader {
  private(set) var table: LiveTable
  private let home: String?

  /// Returns the table, or nil where the statement is none or has another form. `home` is the name of the fleet's own
  /// schema, which is left out.
  package static func table(_ sql: String, home: String?) -> LiveTable? {
    var cursor = SQLCursor(sql)
    guard cursor.take("create") else { return nil }
    var traits: Set<String> = []
    for word in ["temp", "temporary", "unlogged"] where cursor.take(word) { traits.insert(word) }
    guard cursor.take("table") else { return nil }
    _ = cursor.take("if", "not", "exists")
    guard let name = cursor.qualifiedName(), let body = cursor.group() else { return nil }
    var reader = SQLTableReader(LiveTable(name: name.name, schema: name.schema), home: home)
    guard SQLCursor.parts(of: body).allSatisfy({ reader.read($0) }) else { return nil }
    traits.formUnion(SQLCursor.parts(of: cursor.tokens).map { $0.map(\.sql).joined(separator: " ") })
    reader.table.traits.formUnion(traits)
    return reader.table
  }

  /// Reads constraints into a table whose columns are there already.
  package init(_ table: LiveTable, home: String?) {
    self.table = table
    self.home = home
    if table.schema == home { self.table.schema = nil }
  }

  /// Reads the definition of one constraint, as an engine prints it. Returns false where it has another form.
  package mutating func add(constraint sql: String, named name: String) -> LiveTable? {
    var cursor = SQLCursor(sql)
    return constraint(name, &cursor) && cursor.isAtEnd ? table : nil
  }

  private mutating func read(_ part: ArraySlice<SQLToken>) -> Bool {
    var cursor = SQLCursor(part)
    guard case .word(let word)? = part.first, Self.constraintWords.contains(word) else {
      return column(&cursor)
    }
    while !cursor.isAtEnd {
      let name = cursor.take("constraint") ? cursor.name() : nil
      guard constraint(name, &cursor) else { return false }
    }
    return true
  }

  private static let constraintWords: Set = [
    "constraint", "primary", "unique", "check", "foreign", "exclude",
  ]

  // MARK: Columns

  private mutating func column(_ cursor: inout SQLCursor) -> Bool {
    guard let name = cursor.name() else { return false }
    var type: [SQLToken] = []
    while let token = cursor.peek, !Self.isColumnWord(token), !Self.beginsCharacterSet(cursor) {
      type.append(token)
      _ = cursor.next()
    }
    let words = type.map(\.sql).joined(separator: " ")
    table.columns.append(LiveColumn(name: name, type: SQLTypeName.canonical(words)))
    while !cursor.isAtEnd {
      let constraintName = cursor.take("constraint") ? cursor.name() : nil
      guard columnPart(constraintName, of: name, &cursor) else { return false }
    }
    return true
  }

  private static let columnWords: Set = [
    "constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references",
    "generated", "as", "autoincrement", "auto_increment", "on", "deferrable", "initially",
  ]

  /// `character` is also the first word of a type.
  private static func beginsCharacterSet(_ cursor: SQLCursor) -> Bool {
    cursor.peek == .word("character") && cursor.peek(1) == .word("set")
  }

  private static func isColumnWord(_ token: SQLToken) -> Bool {
    if case .word(let word) = token { columnWords.contains(word) } else { false }
  }

  private mutating func columnPart(_ name: String?, of column: String, _ cursor: inout SQLCursor) -> Bool {
    let last = table.columns.count - 1
    if cursor.take("not", "null") {
      table.columns[last].isNullable = false
    } else if cursor.take("null") {
      table.columns[last].isNullable = true
    } else if cursor.take("primary", "key") {
      table.primaryKey = LiveKey(name: name, columns: [column])
      table.columns[last].isNullable = false
      if cursor.take("desc") { table.primaryKey?.traits.insert("desc") }
      _ = cursor.take("asc")
    } else if cursor.take("autoincrement") {
      table.columns[last].identity = "autoincrement"
    } else if cursor.take("auto_increment") {
      table.columns[last].identity = "auto_increment"
    } else if cursor.take("character", "set") {
      // A collation follows, which belongs to one character set.
      _ = cursor.name()
    } else if cursor.take("unique") {
      table.uniqueKeys.append(LiveKey(name: name, columns: [column]))
    } else if cursor.take("default") {
      return readDefault(last, &cursor)
    } else if cursor.take("collate") {
      table.columns[last].collation = cursor.qualifiedName()?.name
    } else if cursor.take("references") {
      return reference(name, [column], &cursor)
    } else if cursor.take("generated", "by", "default", "as", "identity") {
      return identity("by default", last, &cursor)
    } else if cursor.take("generated", "always", "as", "identity") {
      return identity("always", last, &cursor)
    } else if cursor.take("generated", "always", "as") || cursor.take("as") {
      return generated(last, &cursor)
    } else if cursor.take("on", "conflict") {
      table.traits.insert("\(column) on conflict \(cursor.name() ?? "")")
    } else {
      return constraint(name, &cursor)
    }
    return true
  }

  private mutating func identity(_ words: String, _ column: Int, _ cursor: inout SQLCursor) -> Bool {
    let options = cursor.group().map { ", " + $0.map(\.sql).joined(separator: " ") } ?? ""
    table.columns[column].identity = words + options
    table.columns[column].isNullable = false
    return true
  }

  private mutating func readDefault(_ column: Int, _ cursor: inout SQLCursor) -> Bool {
    var tokens: [SQLToken] = []
    if let group = cursor.group() {
      tokens = Array(group)
    } else {
      repeat {
        guard let token = cursor.next() else { return false }
        tokens.append(token)
      } while cursor.peek.map { !Self.isColumnWord($0) } == true
    }
    table.columns[column].defaultValue = Self.defaultValue(tokens[...])
    return true
  }

  /// The canonical default; nil for NULL, which is no default.
  package static func defaultValue(_ sql: String) -> String? { defaultValue(SQLLexer.tokens(of: sql)[...]) }

  private static func defaultValue(_ tokens: ArraySlice<SQLToken>) -> String? {
    let text = SQLExpression.canonical(tokens)
    return text == "null" ? nil : text
  }

  private mutating func generated(_ column: Int, _ cursor: inout SQLCursor) -> Bool {
    guard let group = cursor.group() else { return false }
    let isStored = cursor.take("stored")
    _ = cursor.take("virtual")
    table.columns[column].generated = SQLExpression.canonical(group) + (isStored ? " stored" : " virtual")
    return true
  }

  // MARK: Constraints

  private mutating func constraint(_ name: String?, _ cursor: inout SQLCursor) -> Bool {
    if cursor.take("primary", "key") { return primaryKey(name, &cursor) }
    if cursor.take("unique") { return uniqueKey(name, &cursor) }
    if cursor.take("check") {
      guard let group = cursor.group() else { return false }
      table.checks.append(
        LiveCheck(name: name, expression: SQLExpression.canonical(group), traits: Self.traits(&cursor)))
      return true
    }
    if cursor.take("foreign", "key") {
      guard let columns = cursor.names(), cursor.take("references") else { return false }
      return reference(name, columns, &cursor)
    }
    if cursor.peek == .word("exclude") {
      while cursor.next() != nil {}
      table.attachments.append(LiveAttachment("exclusion constraint", name: name ?? "without a name"))
      return true
    }
    return false
  }

  private mutating func primaryKey(_ name: String?, _ cursor: inout SQLCursor) -> Bool {
    guard let columns = cursor.names() else { return false }
    table.primaryKey = LiveKey(name: name, columns: columns, traits: Self.traits(&cursor))
    for index in table.columns.indices where columns.contains(table.columns[index].name) {
      table.columns[index].isNullable = false
    }
    return true
  }

  private mutating func uniqueKey(_ name: String?, _ cursor: inout SQLCursor) -> Bool {
    var traits: Set<String> = cursor.take("nulls", "not", "distinct") ? ["nulls not distinct"] : []
    _ = cursor.take("nulls", "distinct")
    guard let columns = cursor.names() else { return false }
    traits.formUnion(Self.traits(&cursor))
    table.uniqueKeys.append(LiveKey(name: name, columns: columns, traits: traits))
    return true
  }

  private mutating func reference(
    _ name: String?, _ columns: [String], _ cursor: inout SQLCursor
  ) -> Bool {
    guard let target = cursor.qualifiedName() else { return false }
    let schema = target.schema == home ? nil : target.schema
    var key = LiveForeignKey(
      name: name, columns: columns, table: schema.map { "\($0).\(target.name)" } ?? target.name)
    key.referencedColumns = cursor.names() ?? []
    while true {
      if cursor.take("on", "delete") {
        guard let action = Self.action(&cursor) else { return false }
        key.onDelete = action == "no action" ? nil : action
      } else if cursor.take("on", "update") {
        guard let action = Self.action(&cursor) else { return false }
        key.onUpdate = action == "no action" ? nil : action
      } else if cursor.take("match") {
        let kind = cursor.name() ?? ""
        if kind != "simple" { key.traits.insert("match \(kind)") }
      } else {
        break
      }
    }
    key.traits.formUnion(Self.traits(&cursor))
    table.foreignKeys.append(key)
    return true
  }

  private static func action(_ cursor: inout SQLCursor) -> String? {
    for action in [["cascade"], ["restrict"], ["set", "null"], ["set", "default"], ["no", "action"]] {
      let matches = action.enumerated().allSatisfy { cursor.peek($0.offset) == .word($0.element) }
      guard matches else { continue }
      for _ in action { _ = cursor.next() }
      let columns = cursor.names().map { " (\($0.joined(separator: ", ")))" } ?? ""
      return action.joined(separator: " ") + columns
    }
    return nil
  }

  /// What may follow any constraint.
  private static func traits(_ cursor: inout SQLCursor) -> Set<String> {
    var traits: Set<String> = []
    while true {
      if cursor.take("not", "deferrable") || cursor.take("initially", "immediate") { continue }
      if cursor.take("deferrable") {
        traits.insert("deferrable")
      } else if cursor.take("initially", "deferred") {
        traits.insert("initially deferred")
      } else if cursor.take("not", "valid") {
        traits.insert("not valid")
      } else if cursor.take("no", "inherit") {
        traits.insert("no inherit")
      } else if cursor.take("on", "conflict") {
        traits.insert("on conflict \(cursor.name() ?? "")")
      } else if cursor.take("include") {
        traits.insert("including \((cursor.names() ?? []).joined(separator: ", "))")
      } else {
        return traits
      }
    }
  }
}

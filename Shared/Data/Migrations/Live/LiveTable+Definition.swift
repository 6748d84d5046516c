import DataAccess
import Schema

extension LiveTable {
  /// The table as a definition of ``Schema``, as far as its vocabulary reaches, and in words what the definition leaves
  /// out.
  ///
  /// A dialect may use one type for two purposes (JSON is text). The definition then has the plainer one.
  package func definition(
    owner: String? = nil, in dialect: Dialect
  ) throws(UnreadableDefinition) -> (definition: TableDefinition, remainder: [SchemaDifference]) {
    let types = LiveTypes(dialect: dialect)
    let known = columns.compactMap { column in types.definition(of: column, in: self) }
    let plain = TableDefinition(
      name: name, owner: owner, columns: known, uniqueKeys: uniqueKeys.map(\.columns),
      indexes: indexes.map { $0.definition(on: name) }, references: foreignKeys.compactMap(\.definition))
    let implied = Set(try LiveTable.declared(plain, in: dialect).checks.map(\.expression))
    let others = checks.filter { !implied.contains($0.expression) }.compactMap { check in
      check.name.map {
        CheckDefinition(name: $0, columns: check.columns(of: self), condition: check.expression)
      }
    }
    let definition = TableDefinition(
      name: name, owner: owner, columns: known, uniqueKeys: plain.uniqueKeys, indexes: plain.indexes,
      references: plain.references, checks: others)
    let declared = try LiveTable.declared(definition, in: dialect)
    return (definition, TableComparison(declared: declared, actual: self).differences)
  }
}

extension LiveIndex {
  fileprivate func definition(on table: String) -> IndexDefinition {
    let unnamed = IndexDefinition(keys, isUnique: isUnique, where: predicate)
    if unnamed.name(on: table) == name { return unnamed }
    return IndexDefinition(keys, isUnique: isUnique, where: predicate, name: name)
  }
}

extension LiveForeignKey {
  /// Nil where the key has several columns, or refers to another column than `id`.
  fileprivate var definition: Reference? {
    guard columns.count == 1, referencedColumns == ["id"] else { return nil }
    let deletion: Reference.Deletion? =
      switch onDelete {
      case nil: .refuse
      case "cascade": .cascade
      case "set null": .setNull
      default: nil
      }
    return deletion.map { Reference(column: columns[0], table: table, onDelete: $0) }
  }
}

/// The types and defaults of a dialect, read backwards.
private struct LiveTypes {
  let dialect: Dialect

  func definition(of column: LiveColumn, in table: LiveTable) -> ColumnDefinition? {
    if column.identity != nil, table.primaryKey?.columns == [column.name] {
      return ColumnDefinition(name: column.name, type: .bigint, isIdentity: true)
    }
    guard let type = type(column.type) else { return nil }
    return ColumnDefinition(
      name: column.name, type: type, isNullable: column.isNullable,
      defaultValue: column.defaultValue.flatMap { value($0, of: type) },
      allowedValues: table.checks.lazy.compactMap { Self.values($0, of: column.name) }.first)
  }

  private func type(_ name: String) -> ColumnType? {
    let length = name.split(separator: "(").last.flatMap { Int($0.dropLast()) }
    var candidates: [ColumnType] = [.bigint, .integer, .boolean, .text, .json, .timestamp, .date]
    if let length { candidates += [.varchar(length), .char(length)] }
    return candidates.first { SQLTypeName.canonical(dialect.types.bare[$0]) == name }
  }

  private func value(_ text: String, of type: ColumnType) -> DefaultValue? {
    if text == SQLExpression.canonical(dialect.types.currentTimestamp) { return .currentTimestamp }
    if type == .boolean {
      let words = [dialect.trueLiteral, dialect.falseLiteral].map { SQLExpression.canonical($0) }
      return words.firstIndex(of: text).map { .boolean($0 == 0) }
    }
    if let number = Int64(text) { return .integer(number) }
    guard case .text(let content)? = Self.only(text) else { return nil }
    return .text(content)
  }

  /// The texts of a check that lists them.
  private static func values(_ check: LiveCheck, of column: String) -> [String]? {
    var cursor = SQLCursor(check.expression)
    guard check.traits.isEmpty, cursor.name() == column else { return nil }
    // A list of one is a comparison.
    if cursor.take(symbol: "="), case .text(let value)? = cursor.next(), cursor.isAtEnd { return [value] }
    guard cursor.take("in"), let group = cursor.group(), cursor.isAtEnd else { return nil }
    var values: [String] = []
    for part in SQLCursor.parts(of: group) {
      guard part.count == 1, case .text(let value)? = part.first else { return nil }
      values.append(value)
    }
    return values
  }

  private static func only(_ text: String) -> SQLToken? {
    let tokens = SQLLexer.tokens(of: text)
    return tokens.count == 1 ? tokens[0] : nil
  }
}

import Schema

/// Writes changes as the Swift source of a migration, with the constructors that the existing versions use.
enum SourceText {
  /// The elements of a list of changes, each on lines of its own, with its questions in comments above it.
  static func list(_ items: [SchemaProposal.Item], indent: String) -> String {
    guard !items.isEmpty else { return "[]" }
    let elements = items.map { item in
      let comments = item.questions.map { "\(indent)  // \($0)\n" }.joined()
      return "\(comments)\(indent)  \(text(item.change))"
    }
    let comma = items.count > 1 ? "," : ""
    return "[\n\(elements.joined(separator: ",\n"))\(comma)\n\(indent)]"
  }

  /// One change.
  static func text(_ change: SchemaChange) -> String {
    switch change {
    case .createTable(let table): ".createTable(\(constant(for: table.name)))"
    case .dropTable(let name): ".dropTable(\(literal(name)))"
    case .addColumn(let column, let table): ".addColumn(\(text(column)), table: \(literal(table)))"
    case .dropColumn(let column, let table): ".dropColumn(\(literal(column)), table: \(literal(table)))"
    case .renameColumn(let column, let name, let table):
      ".renameColumn(\(literal(column)), to: \(literal(name)), table: \(literal(table)))"
    case .changeType(let column, let type, let table):
      ".changeType(of: \(literal(column)), to: \(text(type)), table: \(literal(table)))"
    case .changeNullability(let column, let isNullable, let table):
      ".changeNullability(of: \(literal(column)), isNullable: \(isNullable), table: \(literal(table)))"
    case .changeDefault(let column, let value, let table):
      ".changeDefault(of: \(literal(column)), to: \(value.map(text) ?? "nil"), table: \(literal(table)))"
    case .changeAllowedValues(let column, let values, let table):
      ".changeAllowedValues(of: \(literal(column)), to: \(values.map(list) ?? "nil"), table: \(literal(table)))"
    case .addUniqueKey, .dropUniqueKey, .addReference, .dropReference, .addCheck, .dropCheck, .createIndex,
      .dropIndex:
      constraint(change)
    // A comparison of definitions proposes no statements.
    case .data, .backfill, .engineSQL: ""
    case .allowed(let change, _): text(change)
    }
  }

  private static func constraint(_ change: SchemaChange) -> String {
    switch change {
    case .addUniqueKey(let columns, let table): ".addUniqueKey(\(list(columns)), table: \(literal(table)))"
    case .dropUniqueKey(let columns, let table): ".dropUniqueKey(\(list(columns)), table: \(literal(table)))"
    case .addReference(let reference, let table):
      ".addReference(\(text(reference)), table: \(literal(table)))"
    case .dropReference(let column, let table):
      ".dropReference(of: \(literal(column)), table: \(literal(table)))"
    case .addCheck(let check, let table): ".addCheck(\(text(check)), table: \(literal(table)))"
    case .dropCheck(let name, let table): ".dropCheck(\(literal(name)), table: \(literal(table)))"
    case .createIndex(let index, let table): ".createIndex(\(text(index)), table: \(literal(table)))"
    case .dropIndex(let index, let table): ".dropIndex(\(text(index)), table: \(literal(table)))"
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .data, .backfill, .engineSQL, .allowed:
      ""
    }
  }

  // MARK: Tables

  /// The constants of the tables that the changes create, below the migration.
  static func constants(_ items: [SchemaProposal.Item]) -> String {
    var names: Set<String> = []
    return items.compactMap { item -> String? in
      guard case .createTable(let table) = item.change, names.insert(table.name).inserted else { return nil }
      return "\n  private static let \(constant(for: table.name)) = \(text(table))\n"
    }.joined()
  }

  /// `webhook_deliveries` becomes `webhookDeliveries`.
  static func constant(for table: String) -> String {
    let words = table.split(separator: "_")
    return words.enumerated().map { $0.offset == 0 ? String($0.element) : capitalized($0.element) }.joined()
  }

  private static func capitalized(_ word: Substring) -> String {
    word.prefix(1).uppercased() + word.dropFirst()
  }

  private static func text(_ table: TableDefinition) -> String {
    let columns = table.columns.map { "      \(shorthand($0) ?? text($0)),\n" }.joined()
    var parts = ["columns: [\n\(columns)    ]"]
    if !table.uniqueKeys.isEmpty { parts.append("uniqueKeys: [\(joined(table.uniqueKeys.map(list)))]") }
    if !table.indexes.isEmpty { parts.append("indexes: [\(joined(table.indexes.map(text)))]") }
    if !table.references.isEmpty { parts.append("references: [\(joined(table.references.map(text)))]") }
    if !table.checks.isEmpty { parts.append("checks: [\(joined(table.checks.map(text)))]") }
    let owner = table.owner.map(literal) ?? "nil"
    return "TableDefinition(\n    name: \(literal(table.name)), owner: \(owner),\n    "
      + parts.joined(separator: ",\n    ") + ")"
  }

  /// The columns that many tables share have names of their own (`ColumnDefinition+Shared.swift`).
  private static func shorthand(_ column: ColumnDefinition) -> String? {
    if column == .identity { return ".identity" }
    if column == .moment(column.name) { return ".moment(\(literal(column.name)))" }
    if column == .optionalMoment(column.name) { return ".optionalMoment(\(literal(column.name)))" }
    guard case .text(let document)? = column.defaultValue, column == .document(column.name, default: document)
    else { return nil }
    return ".document(\(literal(column.name)), default: \(literal(document)))"
  }

  // MARK: Parts

  private static func text(_ column: ColumnDefinition) -> String {
    var parts = ["name: \(literal(column.name))", "type: \(text(column.type))"]
    if column.isNullable { parts.append("isNullable: true") }
    if column.isIdentity { parts.append("isIdentity: true") }
    if let value = column.defaultValue { parts.append("defaultValue: \(text(value))") }
    if let values = column.allowedValues { parts.append("allowedValues: \(list(values))") }
    return "ColumnDefinition(\(joined(parts)))"
  }

  private static func text(_ type: ColumnType) -> String { ".\(type)" }

  private static func text(_ value: DefaultValue) -> String {
    switch value {
    case .boolean(let value): ".boolean(\(value))"
    case .text(let text): ".text(\(literal(text)))"
    case .integer(let number): ".integer(\(number))"
    case .currentTimestamp: ".currentTimestamp"
    }
  }

  private static func text(_ reference: Reference) -> String {
    var parts = ["column: \(literal(reference.column))", "table: \(literal(reference.table))"]
    if reference.onDelete != .cascade { parts.append("onDelete: .\(reference.onDelete)") }
    return "Reference(\(joined(parts)))"
  }

  private static func text(_ index: IndexDefinition) -> String {
    var parts = [list(index.columns)]
    if index.isUnique { parts.append("isUnique: true") }
    if let condition = index.condition { parts.append("where: \(literal(condition))") }
    if let name = index.givenName { parts.append("name: \(literal(name))") }
    return parts.count == 1 ? parts[0] : "IndexDefinition(\(joined(parts)))"
  }

  private static func text(_ check: CheckDefinition) -> String {
    "CheckDefinition(name: \(literal(check.name)), columns: \(list(check.columns)), condition: \(literal(check.condition)))"
  }

  private static func list(_ names: [String]) -> String { "[\(joined(names.map(literal)))]" }

  private static func joined(_ parts: [String]) -> String { parts.joined(separator: ", ") }

  /// The text as a Swift literal.
  static func literal(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

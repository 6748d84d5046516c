/// A constraint or an index. Two parts are the same when their summaries are equal: names have no effect on statements.
protocol SchemaPart {
  /// The kind of part in messages.
  static var noun: String { get }
  /// The name, or nil.
  var label: String? { get }
  /// All properties but the name, in words.
  var summary: String { get }

  /// The columns of the table that the part concerns.
  func columns(of table: LiveTable) -> [String]
}

extension SchemaPart {
  /// `the unique key users_email_key`, or `a unique key (email)` without a name.
  var title: String {
    label.map { "the \(Self.noun) \($0)" } ?? "\(Self.article) \(Self.noun) \(summary)"
  }

  private static var article: String { "aeio".contains(noun.prefix(1)) ? "an" : "a" }
}

private func joined(_ parts: [String?], _ traits: Set<String>) -> String {
  (parts.compactMap { $0 } + traits.sorted()).joined(separator: ", ")
}

extension LiveKey: SchemaPart {
  static let noun = "unique key"
  var label: String? { name }
  var summary: String { joined(["(\(columns.joined(separator: ", ")))"], traits) }
  func columns(of table: LiveTable) -> [String] { columns }
}

extension LiveIndex: SchemaPart {
  static let noun = "index"
  var label: String? { name }

  var summary: String {
    let list = "(\(keys.joined(separator: ", ")))"
    return joined([isUnique ? "unique \(list)" : list, predicate.map { "where \($0)" }], traits)
  }

  func columns(of table: LiveTable) -> [String] { keys.filter { table.column(named: $0) != nil } }
}

extension LiveForeignKey: SchemaPart {
  static let noun = "foreign key"
  var label: String? { name }

  var summary: String {
    let target = referencedColumns.isEmpty ? table : "\(table) (\(referencedColumns.joined(separator: ", ")))"
    return joined(
      [
        "(\(columns.joined(separator: ", "))) to \(target)", onDelete.map { "on delete \($0)" },
        onUpdate.map { "on update \($0)" },
      ], traits)
  }

  func columns(of table: LiveTable) -> [String] { columns }
}

extension LiveCheck: SchemaPart {
  static let noun = "check"
  var label: String? { name }
  var summary: String { joined([expression], traits) }

  func columns(of table: LiveTable) -> [String] {
    let words = Set(SQLLexer.tokens(of: expression).compactMap(\.identifier))
    return table.columns.map(\.name).filter(words.contains)
  }
}

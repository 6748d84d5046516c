/// The object of a permission denial, parsed from the message of SQLSTATE 42501.
///
/// The diagnostic fields for table and column are empty for this state, so the message is the only source. A message in
/// another language than English yields nil, and the caller falls back on its own statement.
struct DeniedObject: Equatable {
  /// The kinds of objects that a service uses, as the server spells them.
  enum Kind: String {
    case table, view, sequence, schema, database, function, relation, column, rows
    case foreignTable = "foreign table"
    case materializedView = "materialized view"
  }

  var kind: Kind
  var table: String?
  var column: String?

  /// Parses these forms:
  ///
  /// - `permission denied for table users`
  /// - `permission denied for column "email" of relation "users"`
  /// - `must be owner of table users`
  /// - `new row violates row-level security policy "p" (USING expression) for table "users"`
  init?(message: String) {
    if message.hasPrefix("new row violates row-level security policy") {
      guard let range = message.firstRange(of: "for table ") else { return nil }
      self.init(kind: .rows, table: Self.unquoted(message[range.upperBound...]), column: nil)
      return
    }
    for introduction in ["permission denied for ", "must be owner of "] where message.hasPrefix(introduction)
    {
      self.init(phrase: message.dropFirst(introduction.count))
      return
    }
    return nil
  }

  private init(kind: Kind, table: String?, column: String?) {
    self.kind = kind
    self.table = table
    self.column = column
  }

  private static let relations: [Kind] = [
    .materializedView, .foreignTable, .table, .view, .sequence, .relation,
  ]
  private static let others: [Kind] = [.schema, .database, .function]

  private init?(phrase: Substring) {
    if phrase.hasPrefix("column "), let range = phrase.firstRange(of: " of relation ") {
      let column = Self.unquoted(phrase[..<range.lowerBound].dropFirst("column ".count))
      self.init(kind: .column, table: Self.unquoted(phrase[range.upperBound...]), column: column)
      return
    }
    for kind in Self.relations where phrase.hasPrefix(kind.rawValue + " ") {
      self.init(kind: kind, table: Self.unquoted(phrase.dropFirst(kind.rawValue.count + 1)), column: nil)
      return
    }
    for kind in Self.others where phrase.hasPrefix(kind.rawValue + " ") {
      self.init(kind: kind, table: nil, column: nil)
      return
    }
    return nil
  }

  private static func unquoted(_ text: Substring) -> String {
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
    return String(text.dropFirst().dropLast())
  }
}

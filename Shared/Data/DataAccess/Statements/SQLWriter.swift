/// Builds the text of one statement in a dialect and keeps the bound values apart from it.
struct SQLWriter {
  let dialect: Dialect
  private(set) var sql = ""
  private(set) var bindings: [DatabaseValue] = []
  private let placeholders: PlaceholderStyle
  private let quote: String
  private let quoteByte: UInt8

  /// Most statements fit, so that the text is allocated once.
  private static let expectedBytes = 256

  init(_ dialect: Dialect) {
    self.dialect = dialect
    placeholders = dialect.placeholders
    quote = String(dialect.identifierQuote)
    quoteByte = dialect.identifierQuote.asciiValue ?? 0
    sql.reserveCapacity(Self.expectedBytes)
  }

  /// Adds SQL of our own making.
  mutating func put(_ text: String) {
    sql += text
  }

  /// Adds a quoted name; a quote inside it is doubled.
  mutating func identifier(_ name: String) {
    sql += quote
    if name.utf8.contains(quoteByte) {
      for character in name { sql += String(character) == quote ? quote + quote : String(character) }
    } else {
      sql += name
    }
    sql += quote
  }

  mutating func identifiers(_ names: [String]) {
    list(names) { $0.identifier($1) }
  }

  /// Adds a placeholder, and the value that it stands for.
  mutating func bind(_ value: DatabaseValue) {
    bindings.append(value)
    switch placeholders {
    case .numbered(let prefix):
      sql += prefix
      sql += String(bindings.count)
    case .positional(let mark):
      sql += mark
    }
  }

  mutating func list<Element>(_ elements: [Element], _ write: (inout SQLWriter, Element) -> Void) {
    var isFirst = true
    for element in elements {
      if !isFirst { sql += ", " }
      isFirst = false
      write(&self, element)
    }
  }

  func query(_ operation: Operation, isRead: Bool = false, isReusable: Bool = true) -> Query {
    Query(sql: sql, bindings: bindings, operation: operation, isRead: isRead, isReusable: isReusable)
  }
}

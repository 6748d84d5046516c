/// Builds the text of one statement in a dialect and keeps the bound values apart from it.
struct SQLWriter {
  let dialect: Dialect
  private(set) var sql = ""
  private(set) var bindings: [DatabaseValue] = []

  /// Most statements fit, so that the text is allocated once.
  private static let expectedBytes = 256

  init(_ dialect: Dialect) {
    self.dialect = dialect
    sql.reserveCapacity(Self.expectedBytes)
  }

  /// Adds SQL of our own making.
  mutating func put(_ text: String) {
    sql += text
  }

  /// Adds a quoted name; a quote inside it is doubled.
  mutating func identifier(_ name: String) {
    dialect.append(identifier: name, to: &sql)
  }

  mutating func identifiers(_ names: [String]) {
    list(names) { $0.identifier($1) }
  }

  /// Adds a placeholder, and the value that it stands for.
  mutating func bind(_ value: DatabaseValue) {
    bindings.append(value)
    dialect.append(placeholder: bindings.count, to: &sql)
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

/// Receives a statement part by part.
///
/// A statement has one description for two writers: ``SQLWriter`` builds its text, and ``ShapeWriter`` builds the key
/// under which a connection finds the text that it has built before.
protocol StatementWriter {
  var dialect: Dialect { get }
  /// Adds SQL from the program's source. The type admits no other text.
  mutating func put(_ text: StaticString)
  /// Adds a number that belongs to the text. Only few different ones may come, because each makes a text of its own.
  mutating func put(number: Int)
  /// Adds the name of a column.
  mutating func column(_ column: ColumnName)
  /// Adds the name under which the account reaches a table.
  mutating func relation(_ table: TableName)
  /// Adds the name under which the account inserts into a table.
  mutating func insertTarget(_ table: TableName)
  /// Adds a placeholder, and keeps its value apart from the text.
  mutating func bind(_ value: DatabaseValue)
  /// Adds a select within a condition.
  mutating func inner(_ body: SelectBody)
}

extension StatementWriter {
  mutating func insertTarget(_ table: TableName) { relation(table) }

  mutating func inner(_ body: SelectBody) { body.write(to: &self) }

  mutating func columns(_ columns: [ColumnName]) {
    list(columns) { $0.column($1) }
  }

  mutating func list<Elements: Sequence>(
    _ elements: Elements, _ write: (inout Self, Elements.Element) -> Void
  ) {
    var isFirst = true
    for element in elements {
      if !isFirst { put(", ") }
      isFirst = false
      write(&self, element)
    }
  }

  mutating func put(direction: Direction) {
    switch direction {
    case .ascending: break
    case .descending: put(" DESC")
    }
  }

  mutating func filter(_ condition: Condition?) {
    guard let condition else { return }
    put(" WHERE ")
    condition.write(to: &self)
  }

  mutating func insertHead(_ table: TableName, _ columns: [ColumnName]) {
    put("INSERT INTO ")
    insertTarget(table)
    put(" (")
    self.columns(columns)
    put(") VALUES ")
  }
}

/// A statement that describes itself to a writer.
protocol WrittenStatement: Statement {
  /// As ``RenderedStatement/isReusable``.
  var isReusable: Bool { get }
  /// Describes the statement. The same values in the same places describe the same text in the same dialect.
  func write<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError)
}

extension WrittenStatement {
  var isReusable: Bool { true }

  package func query(from rendered: RenderedStatements) throws(DatabaseError) -> Query {
    try rendered.query(of: self)
  }
}

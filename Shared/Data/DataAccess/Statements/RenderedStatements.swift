/// The statements that one connection has rendered, by their shape: the text of a statement is built once. Confined to
/// the connection's loop.
///
/// A repository builds a new statement for each call, with other values. Its shape stays the same: the pieces of SQL,
/// the table, the columns and the places of the values.
package final class RenderedStatements {
  /// The most texts of one connection. A further shape first drops all of them.
  static let capacity = 256
  /// The most parts of a statement whose text is kept; a long list of values has more.
  static let longestShape = 512

  /// The connection's dialect.
  package private(set) var dialect: Dialect
  private var known: [StatementShape: RenderedStatement] = [:]
  /// The buffer of the last shape, reused for the next.
  private var parts: [UInt] = []

  /// An empty memory for a connection with this dialect.
  package init(_ dialect: Dialect) {
    self.dialect = dialect
  }

  var count: Int { known.count }

  /// Drops every text when the connection's dialect changes, because its tables may then have other names.
  func follow(_ dialect: Dialect) {
    guard !dialect.isIdentical(to: self.dialect) else { return }
    self.dialect = dialect
    known = [:]
  }

  func query(of statement: some WrittenStatement) throws(DatabaseError) -> Query {
    guard statement.isReusable else {
      let query = try write(statement)
      try checkText(of: query.bindings, statement.operation)
      return query
    }
    var writer = ShapeWriter(dialect, isRead: statement.isRead, reusing: take())
    try statement.write(to: &writer)
    defer { parts = writer.shape.parts }
    try checkText(of: writer.bindings, statement.operation)
    if let rendered = known[writer.shape] { return Query(rendered, writer.bindings) }
    let query = try write(statement)
    guard writer.shape.parts.count <= Self.longestShape else { return query }
    if known.count >= Self.capacity { known = [:] }
    known[writer.shape] = query.statement
    return query
  }

  /// No engine gets text with U+0000, because one of them cannot store it, and C clients of the others end the text there.
  private func checkText(of bindings: [DatabaseValue], _ operation: Operation) throws(DatabaseError) {
    for case .text(let text) in bindings where text.utf8.contains(0) {
      throw DatabaseError(
        .valueOutOfRange, operation: operation.description, detail: "text cannot contain the character U+0000"
      )
    }
  }

  private func take() -> [UInt] {
    defer { parts = [] }
    return parts
  }

  private func write(_ statement: some WrittenStatement) throws(DatabaseError) -> Query {
    var writer = SQLWriter(dialect)
    try statement.write(to: &writer)
    let rendered = RenderedStatement(
      sql: writer.sql, operation: statement.operation, isRead: statement.isRead,
      isReusable: statement.isReusable)
    return Query(rendered, writer.bindings)
  }
}

/// What determines the text of a statement in one dialect: its parts, each as a number, in their order.
///
/// A part's number is the address of a literal in the program, of a column or of a table's type. These addresses
/// never change. Comparing and hashing shapes therefore needs no text.
struct StatementShape: Hashable {
  private(set) var parts: [UInt]
  private var digest: UInt = 0

  init(reusing memory: consuming [UInt]) {
    parts = memory
    parts.removeAll(keepingCapacity: true)
  }

  mutating func add(_ part: UInt) {
    parts.append(part)
    // One multiplication for each part, by 2^64 divided by the golden ratio; Dictionary hashes the result once more.
    digest = (digest ^ part) &* 0x9E37_79B9_7F4A_7C15
    digest ^= digest >> 29
  }

  func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

/// Notes the shape of a statement and collects its values.
struct ShapeWriter: StatementWriter {
  let dialect: Dialect
  private(set) var shape: StatementShape
  private(set) var bindings: [DatabaseValue] = []

  // Parts that differ from every address.
  private static let placeholder: UInt = 1
  private static let read: UInt = 2
  private static let write: UInt = 3
  /// The next part is a number itself.
  private static let number: UInt = 4

  /// A select that locks rows is a write, and has the text of a read where the engine has no row locks.
  init(_ dialect: Dialect, isRead: Bool, reusing memory: consuming [UInt]) {
    self.dialect = dialect
    shape = StatementShape(reusing: memory)
    shape.add(isRead ? Self.read : Self.write)
  }

  mutating func put(_ text: StaticString) { shape.add(UInt(bitPattern: text.utf8Start)) }

  mutating func put(number: Int) {
    shape.add(Self.number)
    shape.add(UInt(bitPattern: number))
  }

  mutating func column(_ column: ColumnName) { shape.add(column.identity) }

  mutating func relation(_ table: TableName) { shape.add(table.identity) }

  mutating func bind(_ value: DatabaseValue) {
    bindings.append(value)
    shape.add(Self.placeholder)
  }
}

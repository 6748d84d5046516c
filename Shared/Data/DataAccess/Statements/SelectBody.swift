/// What a select says, without the types of its table and columns.
struct SelectBody: Statement {
  /// One row is the usual case and keeps its text; other limits are bound, so that they share theirs.
  enum Limit: Sendable {
    case one
    case bound(Int)
  }

  enum Lock: Sendable {
    case waiting
    case skippingLocked
  }

  let table: String
  var columns: [String]
  var condition: Condition?
  var order: [(column: String, direction: Direction)] = []
  var limit: Limit?
  var lock: Lock?

  init(table: String, columns: [String]) {
    self.table = table
    self.columns = columns
  }

  var operation: Operation { Operation(.select, table: table) }

  var isRead: Bool { lock == nil }

  func render(in dialect: Dialect) -> Query {
    var writer = SQLWriter(dialect)
    writer.put("SELECT ")
    writer.identifiers(columns)
    writer.put(" FROM ")
    writer.identifier(dialect.relation(for: table).name)
    writer.filter(condition)
    writeOrder(to: &writer)
    writeLimit(to: &writer)
    writeLock(to: &writer)
    return writer.query(operation, isRead: isRead)
  }

  private func writeOrder(to writer: inout SQLWriter) {
    guard !order.isEmpty else { return }
    writer.put(" ORDER BY ")
    writer.list(order) { writer, key in
      writer.identifier(key.column)
      switch key.direction {
      case .ascending: break
      case .descending: writer.put(" DESC")
      }
    }
  }

  private func writeLimit(to writer: inout SQLWriter) {
    switch limit {
    case .none: break
    case .one: writer.put(" LIMIT 1")
    case .bound(let count):
      writer.put(" LIMIT ")
      writer.bind(.integer(Int64(count)))
    }
  }

  private func writeLock(to writer: inout SQLWriter) {
    guard let lock, writer.dialect.supportsRowLocks else { return }
    writer.put(" FOR UPDATE")
    if lock == .skippingLocked, writer.dialect.supportsSkipLocked { writer.put(" SKIP LOCKED") }
  }
}

extension SQLWriter {
  mutating func filter(_ condition: Condition?) {
    guard let condition else { return }
    put(" WHERE ")
    condition.write(to: &self)
  }
}

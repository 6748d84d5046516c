import Schema

/// A query for rows of `Owner`; each row arrives as the values of the selected columns.
///
/// ```swift
/// Users.select(\.id, \.email).where(\.active == true).orderBy(\.id).limit(50)
/// ```
///
/// A repository keeps the selection of its columns as a property and adds the rest for each call: naming columns by key
/// paths costs more than a condition.
package struct Select<Owner: Table, each Value: ColumnValue>: Sendable {
  var body: SelectBody

  /// Keeps only the rows that satisfy this condition too.
  package func `where`(_ predicate: Predicate<Owner>) -> Self {
    changed { $0.condition = predicate.condition.and($0.condition) }
  }

  /// Keeps only the rows that satisfy this condition too: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Self {
    self.where(Owner.shape[keyPath: path])
  }

  /// Orders by this column, after the columns of earlier calls.
  package func orderBy<Key>(
    _ path: KeyPath<Owner, Column<Owner, Key>>, _ direction: Direction = .ascending
  ) -> Self {
    changed { $0.order.append((ColumnName(path), direction)) }
  }

  /// Returns at most `count` rows, which is a value of each execution. PostgreSQL plans with the number only where it is
  /// stated: see ``limit(stated:)``.
  package func limit(_ count: Int) -> Self {
    changed { $0.limit = .bound(count) }
  }

  /// Returns at most `count` rows, which is a constant of the program: the number stands in the text, and each number
  /// makes a text of its own.
  package func limit(stated count: Int) -> Self {
    changed { $0.limit = .stated(count) }
  }

  /// Locks the rows until the transaction ends, where the engine has row locks; for transactions alone.
  package func forUpdate() -> Self {
    changed { $0.lock = .waiting }
  }

  /// As ``forUpdate()``, and passes over rows that another transaction has locked: several workers share a table without
  /// a wait for each other.
  package func forUpdateSkippingLocked() -> Self {
    changed { $0.lock = .skipping }
  }

  func changed(_ change: (inout SelectBody) -> Void) -> Self {
    var copy = self
    change(&copy.body)
    return copy
  }
}

/// Which end of the order comes first.
package enum Direction: Sendable {
  case ascending
  case descending
}

extension Table {
  /// Selects the columns of the key paths, in their order.
  package static func select<each Value: ColumnValue>(
    _ paths: repeat KeyPath<Self, Column<Self, each Value>>
  ) -> Select<Self, repeat each Value> {
    var columns: [ColumnName] = []
    repeat columns.append(ColumnName(each paths))
    return Select(body: SelectBody(table: TableName(Self.self), columns: columns))
  }
}

/// The statement of a select, without the types of its table and columns.
struct SelectBody: WrittenStatement, ReadableStatement {
  /// How the most rows stand in the text.
  ///
  /// A stated number shows the engine's planner what share of the rows is wanted. Where the number is bound, PostgreSQL
  /// takes a tenth of the rows for a plan that serves every execution. That seems dearer than a plan with the values, so
  /// it plans each execution again. Numbers that clients choose are bound, but for those of usual pages: they would
  /// otherwise fill each connection's memory of texts.
  enum Limit: Sendable {
    case stated(Int)
    case bound(Int)

    /// The limit of a page, with one row more, which shows that others follow. Three lengths are stated: that of a client
    /// that names none, that of a hundred, and the most.
    init(pageOf length: Int) {
      switch length {
      case 50, 100, 200: self = .stated(length + 1)
      default: self = .bound(length + 1)
      }
    }
  }

  let table: TableName
  var columns: [ColumnName]
  var condition: Condition?
  var order: [(column: ColumnName, direction: Direction)] = []
  var limit: Limit?
  var lock: RowLock?

  /// What the select does with a row that another transaction has locked.
  enum RowLock: Sendable {
    case waiting
    case skipping
  }

  init(table: TableName, columns: [ColumnName]) {
    self.table = table
    self.columns = columns
  }

  var operation: Operation { Operation(.select, table: table.name) }

  var isRead: Bool { lock == nil }

  func place(of index: Int) -> String { "\(table.name).\(columns[index].name)" }

  func write<Writer: StatementWriter>(to writer: inout Writer) {
    writer.put("SELECT ")
    writer.columns(columns)
    writer.put(" FROM ")
    writer.relation(table)
    writer.filter(condition)
    writeOrder(to: &writer)
    writeLimit(to: &writer)
    writeLock(to: &writer)
  }

  private func writeOrder<Writer: StatementWriter>(to writer: inout Writer) {
    guard !order.isEmpty else { return }
    writer.put(" ORDER BY ")
    writer.list(order) { writer, key in
      writer.column(key.column)
      writer.put(direction: key.direction)
    }
  }

  private func writeLock<Writer: StatementWriter>(to writer: inout Writer) {
    guard writer.dialect.supportsRowLocks else { return }
    switch lock {
    case .none: break
    case .waiting: writer.put(" FOR UPDATE")
    case .skipping: writer.put(" FOR UPDATE SKIP LOCKED")
    }
  }

  private func writeLimit<Writer: StatementWriter>(to writer: inout Writer) {
    switch limit {
    case .none: break
    case .stated(let count):
      writer.put(" LIMIT ")
      writer.put(number: count)
    case .bound(let count):
      writer.put(" LIMIT ")
      writer.bind(.integer(Int64(count)))
    }
  }
}

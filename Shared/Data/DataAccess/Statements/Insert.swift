import Schema

/// A new row: `Users.insert(\.email <- email, \.password <- hash)`. Other columns get their defaults.
package struct Insert<Owner: Table>: Statement {
  var body: InsertBody

  init(_ assignments: [Assignment<Owner>]) {
    body = InsertBody(table: TableName(Owner.self), assignments: assignments.map { $0.content })
  }

  /// When the table has a row with the same key, changes these columns of it to the values of the new row.
  ///
  /// Fails on a relation that has no upsert, such as a view that scopes rows on SQLite.
  package func updating<each Changed, each Key>(
    _ changed: repeat KeyPath<Owner, Column<Owner, each Changed>>,
    onConflictOf key: repeat KeyPath<Owner, Column<Owner, each Key>>
  ) -> Self {
    var copy = self
    copy.body.conflict = ConflictRule(updating: repeat each changed, onConflictOf: repeat each key)
    return copy
  }

  /// Inserts nothing when the table has a row with the same key.
  func ignoringConflict(of key: [ColumnName]) -> Self {
    var copy = self
    copy.body.conflict = ConflictRule(key: key, updated: [])
    return copy
  }

  /// Returns a column of the new row with the result, where the relation can.
  func returning(_ column: ColumnName) -> Self {
    var copy = self
    copy.body.returned = column
    return copy
  }

  /// As ``Statement/operation``.
  package var operation: Operation { body.operation }

  /// An insert is no read.
  package var isRead: Bool { false }

  /// As ``Statement/query(from:)``.
  package func query(from rendered: RenderedStatements) throws(DatabaseError) -> Query {
    try body.query(from: rendered)
  }
}

/// The statement of an insert, without the type of its table.
struct InsertBody: WrittenStatement {
  let table: TableName
  let assignments: [ColumnAssignment]
  var conflict: ConflictRule?
  var returned: ColumnName?

  init(table: TableName, assignments: [ColumnAssignment]) {
    self.table = table
    self.assignments = assignments
  }

  var operation: Operation { Operation(.insert, table: table.name) }

  var isRead: Bool { false }

  func write<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError) {
    guard !assignments.isEmpty else { throw .invalid("the insert assigns no column", operation) }
    writer.insertHead(table, assignments.map { $0.column })
    writer.put("(")
    try writeValues(to: &writer)
    writer.put(")")
    try conflict?.write(for: table, operation, to: &writer)
    if let returned { write(returning: returned, to: &writer) }
  }

  private func writeValues<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError) {
    for (position, assignment) in assignments.enumerated() {
      guard case .value(let value) = assignment.source else {
        throw .invalid("a new row has no value to increment in \(assignment.column.name)", operation)
      }
      if position > 0 { writer.put(", ") }
      writer.bind(value)
    }
  }

  private func write<Writer: StatementWriter>(returning column: ColumnName, to writer: inout Writer) {
    switch writer.dialect.relation(for: table.name).insertedValues {
    case .returning:
      writer.put(" RETURNING ")
      writer.column(column)
    case .identityInResult, .readBack:
      break
    }
  }
}

extension Insert {
  /// Reads a column of the row that was just inserted, where the insert itself did not return it.
  func readingBack(_ column: ColumnName, insertedID: Int64?) throws(DatabaseError) -> SelectBody {
    var select = SelectBody(table: body.table, columns: [column])
    select.limit = .stated(1)
    if let insertedID, let identity = Owner.definition.identity {
      let name = ColumnName(identityNamed: identity.name, of: body.table)
      select.condition = .comparison(name, .equal, .integer(insertedID))
    } else {
      select.condition = try uniqueKeyCondition()
    }
    return select
  }

  private func uniqueKeyCondition() throws(DatabaseError) -> Condition {
    for key in Owner.definition.uniqueKeys {
      let parts = key.compactMap(condition)
      guard parts.count == key.count, let first = parts.first else { continue }
      return parts.dropFirst().reduce(first) { .and($0, $1) }
    }
    throw .invalid("the insert assigns no unique key by which to read the new row", operation)
  }

  private func condition(on column: String) -> Condition? {
    for assignment in body.assignments where assignment.column.name == column {
      if case .value(let value) = assignment.source { return .comparison(assignment.column, .equal, value) }
    }
    return nil
  }
}

extension Table {
  /// A new row of these values.
  package static func insert(_ assignments: Assignment<Self>...) -> Insert<Self> { Insert(assignments) }

  /// A new row whose assignments are collected at run time; an empty list fails when the statement runs.
  package static func insert(_ assignments: [Assignment<Self>]) -> Insert<Self> { Insert(assignments) }
}

import Schema

/// A new row: `Users.insert(\.email <- email, \.password <- hash)`. Columns left out get their defaults.
package struct Insert<Owner: Table>: Statement {
  let assignments: [Assignment<Owner>]
  private var upsert: Upsert?

  private struct Upsert: Sendable {
    let key: [String]
    let columns: [String]
  }

  init(_ assignments: [Assignment<Owner>]) {
    self.assignments = assignments
  }

  /// Where a row with the same key is there already, changes these columns of it to the values of the new row.
  ///
  /// Fails on a relation whose engine offers no such thing, as a view that scopes rows does on SQLite.
  package func updating<each Changed, each Key>(
    _ changed: repeat KeyPath<Owner, Column<Owner, each Changed>>,
    onConflictOf key: repeat KeyPath<Owner, Column<Owner, each Key>>
  ) -> Self {
    var columns: [String] = []
    var keyColumns: [String] = []
    repeat columns.append(Owner.shape[keyPath: each changed].name)
    repeat keyColumns.append(Owner.shape[keyPath: each key].name)
    var copy = self
    copy.upsert = Upsert(key: keyColumns, columns: columns)
    return copy
  }

  package var operation: Operation { Operation(.insert, table: Owner.definition.name) }

  package var isRead: Bool { false }

  package func render(in dialect: Dialect) throws(DatabaseError) -> Query {
    try written(in: dialect).query(operation)
  }

  func written(in dialect: Dialect) throws(DatabaseError) -> SQLWriter {
    guard !assignments.isEmpty else { throw .invalid("an insert assigns nothing", operation) }
    var writer = SQLWriter(dialect)
    let relation = dialect.relation(for: Owner.definition.name)
    writer.insertHead(relation.name, assignments.map(\.column))
    writer.put("(")
    try writeValues(to: &writer)
    writer.put(")")
    if let upsert { try write(upsert, relation, to: &writer) }
    return writer
  }

  private func writeValues(to writer: inout SQLWriter) throws(DatabaseError) {
    for (position, assignment) in assignments.enumerated() {
      guard case .value(let value) = assignment.source else {
        throw .invalid("a new row has no number to raise in \(assignment.column)", operation)
      }
      if position > 0 { writer.put(", ") }
      writer.bind(value)
    }
  }

  private func write(
    _ upsert: Upsert, _ relation: Relation, to writer: inout SQLWriter
  ) throws(DatabaseError) {
    guard relation.supportsUpsert else { throw .invalid("the relation takes no upsert", operation) }
    switch writer.dialect.upsert {
    case .onConflict:
      writer.put(" ON CONFLICT (")
      writer.identifiers(upsert.key)
      writer.put(") DO UPDATE SET ")
      writer.list(upsert.columns) { writer, column in
        writer.identifier(column)
        writer.put(" = excluded.")
        writer.identifier(column)
      }
    case .onDuplicateKey:
      writer.put(" ON DUPLICATE KEY UPDATE ")
      writer.list(upsert.columns) { writer, column in
        writer.identifier(column)
        writer.put(" = VALUES(")
        writer.identifier(column)
        writer.put(")")
      }
    }
  }
}

extension Table {
  /// A new row of these values.
  package static func insert(_ assignments: Assignment<Self>...) -> Insert<Self> { Insert(assignments) }

  /// For assignments that are put together while the program runs; none is an error when the statement runs.
  package static func insert(_ assignments: [Assignment<Self>]) -> Insert<Self> { Insert(assignments) }
}

extension SQLWriter {
  mutating func insertHead(_ relation: String, _ columns: [String]) {
    put("INSERT INTO ")
    identifier(relation)
    put(" (")
    identifiers(columns)
    put(") VALUES ")
  }
}

import Schema

/// Counts, sums and extremes over the rows of `Owner`.
///
/// ```swift
/// Users.aggregate(.count(), .count(where: \.active == true))
/// Events.aggregate(.day(of: \.occurredAt), .count()).where(\.occurredAt >= start)
/// ```
///
/// The terms that are keys group the rows: one row arrives for each combination of their values, in no order. Without a
/// key exactly one row arrives, for an empty table too.
package struct Aggregate<Owner: Table, each Value: ColumnValue>: Sendable {
  var body: AggregateBody

  /// Aggregates only the rows that satisfy this condition too.
  package func `where`(_ predicate: Predicate<Owner>) -> Self {
    var copy = self
    copy.body.condition = predicate.condition.and(copy.body.condition)
    return copy
  }

  /// The query whose rows become the items that `make` returns.
  package func making<Item>(
    _ make: @escaping @Sendable (repeat each Value) throws(DatabaseError) -> Item
  ) -> AggregateQuery<Item> {
    let body = body
    return AggregateQuery(body: body) { result, row, first throws(DatabaseError) in
      var reader = RowReader(result, row: row, of: body, from: first)
      return try make(repeat try reader.next() as each Value)
    }
  }
}

/// An aggregate with the type of its items, and without that of its table.
package struct AggregateQuery<Item>: Sendable {
  let body: AggregateBody
  /// Reads a row whose values begin at this column.
  let read: @Sendable (_ result: any ResultSet, _ row: Int, _ column: Int) throws(DatabaseError) -> Item
}

extension Table {
  /// Selects aggregate functions, and the keys that group them, in their order.
  package static func aggregate<each Value: ColumnValue>(
    _ terms: repeat Term<Self, each Value>
  ) -> Aggregate<Self, repeat each Value> {
    var contents: [TermContent] = []
    repeat contents.append((each terms).content)
    return Aggregate(body: AggregateBody(table: TableName(Self.self), terms: contents))
  }
}

/// The statement of an aggregate, without the types of its table and terms.
struct AggregateBody: WrittenStatement, ReadableStatement {
  let table: TableName
  let terms: [TermContent]
  var condition: Condition?

  init(table: TableName, terms: [TermContent]) {
    self.table = table
    self.terms = terms
  }

  var operation: Operation { Operation(.select, table: table.name) }

  var isRead: Bool { true }

  func place(of index: Int) -> String { "\(table.name).\(terms[index].name)" }

  func write<Writer: StatementWriter>(to writer: inout Writer) {
    write(after: "SELECT ", to: &writer)
  }

  /// Writes the select; `head` is its beginning, up to the first term.
  ///
  /// With `names`, each term has its own: some engines refuse two equal terms in a derived table.
  func write<Writer: StatementWriter>(
    after head: StaticString, names: [StaticString] = [], to writer: inout Writer
  ) {
    writer.put(head)
    writer.list(terms.indices) { writer, index in
      terms[index].write(to: &writer)
      if names.indices.contains(index) { writer.put(names[index]) }
    }
    writer.put(" FROM ")
    writer.relation(table)
    writer.filter(condition)
    let keys = terms.filter(\.isKey)
    guard !keys.isEmpty else { return }
    writer.put(" GROUP BY ")
    writer.list(keys) { $1.write(to: &$0) }
  }
}

import Schema

/// Several aggregates in one statement, and so in one snapshot of the database and one round trip.
struct AggregateSet: WrittenStatement {
  /// How the results of the parts meet.
  enum Arrangement: Sendable {
    /// One row with the terms of all parts side by side; each part has exactly one row.
    case beside
    /// The rows of all parts, each after the number of its part; the parts have terms of the same types.
    case below
  }

  let parts: [AggregateBody]
  let arrangement: Arrangement

  /// The names and numbers of the parts are text of the program, and so is their greatest number.
  private static let aliases: [StaticString] = [
    ") AS p0", ") AS p1", ") AS p2", ") AS p3", ") AS p4", ") AS p5", ") AS p6", ") AS p7",
  ]
  private static let names: [StaticString] = [
    " AS t0", " AS t1", " AS t2", " AS t3", " AS t4", " AS t5", " AS t6", " AS t7", " AS t8",
    " AS t9", " AS t10", " AS t11", " AS t12", " AS t13", " AS t14", " AS t15",
  ]
  private static let numbers: [StaticString] = [
    "SELECT 0, ", "SELECT 1, ", "SELECT 2, ", "SELECT 3, ", "SELECT 4, ", "SELECT 5, ", "SELECT 6, ",
    "SELECT 7, ",
  ]

  var operation: Operation { Operation(.select, table: parts.first?.table.name) }

  var isRead: Bool { true }

  func write<Writer: StatementWriter>(to writer: inout Writer) throws(DatabaseError) {
    guard (1...Self.aliases.count).contains(parts.count) else {
      throw .invalid("a statement has 1 to \(Self.aliases.count) aggregates", operation)
    }
    switch arrangement {
    case .beside:
      for (index, part) in parts.enumerated() {
        writer.put(index == 0 ? "SELECT * FROM (" : " CROSS JOIN (")
        part.write(after: "SELECT ", names: Self.names, to: &writer)
        writer.put(Self.aliases[index])
      }
    case .below:
      for (index, part) in parts.enumerated() {
        if index > 0 { writer.put(" UNION ALL ") }
        part.write(after: Self.numbers[index], to: &writer)
      }
    }
  }
}

extension StatementRunner {
  /// The one row of an aggregate without keys.
  package func one<Item>(_ query: AggregateQuery<Item>) async throws(DatabaseError) -> Item {
    let result = try await execute(query.body)
    guard result.rowCount == 1 else { throw Self.noSingleRow(query.body) }
    return try query.read(result, 0, 0)
  }

  /// A row for each group of the aggregate, in no order.
  package func all<Item>(_ query: AggregateQuery<Item>) async throws(DatabaseError) -> [Item] {
    let result = try await execute(query.body)
    var items: [Item] = []
    for row in 0..<result.rowCount {
      try append(to: &items, of: query.body) { () throws(DatabaseError) in try query.read(result, row, 0) }
    }
    return items
  }

  /// The one row of each of several aggregates without keys, from one statement.
  package func together<each Item>(
    _ queries: repeat AggregateQuery<each Item>
  ) async throws(DatabaseError) -> (repeat each Item) {
    var parts: [AggregateBody] = []
    repeat parts.append((each queries).body)
    let set = AggregateSet(parts: parts, arrangement: .beside)
    let result = try await execute(set)
    guard result.rowCount == 1 else { throw Self.noSingleRow(set) }
    var column = 0
    func next<Part>(_ query: AggregateQuery<Part>) throws(DatabaseError) -> Part {
      defer { column += query.body.terms.count }
      return try query.read(result, 0, column)
    }
    return (repeat try next(each queries))
  }

  /// The groups of each of several aggregates, from one statement; the aggregates have terms of the same types.
  package func groups<Item>(
    of queries: [AggregateQuery<Item>]
  ) async throws(DatabaseError) -> [[Item]] {
    let result = try await execute(AggregateSet(parts: queries.map(\.body), arrangement: .below))
    var items = queries.map { _ in [Item]() }
    for row in 0..<result.rowCount {
      let part = Int(try result.integer(row, 0))
      guard queries.indices.contains(part) else { throw Self.noSingleRow(queries[0].body) }
      try append(to: &items[part], of: queries[part].body) { () throws(DatabaseError) in
        try queries[part].read(result, row, 1)
      }
    }
    return items
  }

  /// Leaves out a group that cannot be read, as ``all(_:as:)`` leaves out a row.
  private func append<Item>(
    to items: inout [Item], of body: AggregateBody, _ read: () throws(DatabaseError) -> Item
  ) throws(DatabaseError) {
    do throws(DatabaseError) {
      items.append(try read())
    } catch {
      guard error.kind == .decoding, let unreadableRows else { throw error }
      unreadableRows.report(UnreadableRow(table: body.table.name))
    }
  }

  private static func noSingleRow(_ statement: any Statement) -> DatabaseError {
    DatabaseError(
      .decoding, operation: statement.operation.description, detail: "an aggregate returned no single row")
  }
}

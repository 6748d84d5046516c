import EventLoop

extension Database {
  /// Adds an observer of the statements that begin from now on. Closing the database releases it.
  package func observe(with observer: any StatementObserver) {
    let pool = pool
    loop.perform { pool.value.observers.append(observer) }
  }

  /// The engine's plan of a statement for any values, one line an element, of an engine that has such plans
  /// (``DialectCapabilities/genericPlan``): `prefix` makes it return them.
  ///
  /// The statement itself does not run, and no value of an earlier use is part of the plan.
  package func plan(
    of statement: RenderedStatement, parameterCount: Int, after prefix: String
  ) async throws(DatabaseError) -> [String] {
    let operation = Operation(.other, table: statement.operation.table, label: "explain")
    let rows = try await execute(
      Query(
        sql: prefix + statement.sql,
        // The protocol demands a value for each placeholder; the plan depends on none of them.
        bindings: Array(repeating: .null, count: parameterCount), operation: operation, isRead: true,
        isReusable: false))
    var lines: [String] = []
    for row in 0..<rows.rowCount { lines.append(try rows.text(row, 0)) }
    return lines
  }
}

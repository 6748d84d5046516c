import Schema

/// The rows of two tables that belong together: each row of `Left` with each row of `Right` that has the same value in
/// the columns of the join.
///
/// ```swift
/// Sessions.join(Users.self, on: \.userID, \.id).select(.left(\.id), .right(\.email)).where(left: \.id == 7)
/// ```
///
/// The account needs the right to read both tables. A table cannot be joined with itself.
package struct Join<Left: Table, Right: Table, each Value: ColumnValue>: Sendable {
  var body: JoinBody

  /// Keeps only the rows whose left part satisfies this condition too.
  package func `where`(left predicate: Predicate<Left>) -> Self {
    changed { $0.left.condition = predicate.condition.and($0.left.condition) }
  }

  private func changed(_ change: (inout JoinBody) -> Void) -> Self {
    var copy = self
    change(&copy.body)
    return copy
  }
}

/// A join without its columns: ``select(_:)`` names them.
package struct UnselectedJoin<Left: Table, Right: Table>: Sendable {
  fileprivate let left: ColumnName
  fileprivate let right: ColumnName

  /// Selects columns of both tables, in their order.
  package func select<each Value: ColumnValue>(
    _ columns: repeat JoinColumn<Left, Right, each Value>
  ) -> Join<Left, Right, repeat each Value> {
    var selected: [(side: JoinSide, column: ColumnName)] = []
    repeat selected.append(((each columns).side, (each columns).column))
    return Join(
      body: JoinBody(
        left: JoinedTable(table: TableName(Left.self), key: left),
        right: JoinedTable(table: TableName(Right.self), key: right), columns: selected))
  }
}

/// A column of one of the two tables of a join.
package struct JoinColumn<Left: Table, Right: Table, Value: ColumnValue>: Sendable {
  fileprivate let side: JoinSide
  fileprivate let column: ColumnName

  /// A column of the left table.
  package static func left(_ path: KeyPath<Left, Column<Left, Value>>) -> JoinColumn {
    JoinColumn(side: .left, column: ColumnName(path))
  }

  /// A column of the right table.
  package static func right(_ path: KeyPath<Right, Column<Right, Value>>) -> JoinColumn {
    JoinColumn(side: .right, column: ColumnName(path))
  }
}

extension Table {
  /// Joins the rows of this table with those of another that have the same value in the second column.
  package static func join<Right, Key>(
    _ other: Right.Type, on left: KeyPath<Self, Column<Self, Key>>,
    _ right: KeyPath<Right, Column<Right, Key>>
  ) -> UnselectedJoin<Self, Right> {
    UnselectedJoin(left: ColumnName(left), right: ColumnName(right))
  }
}

extension StatementRunner {
  /// The first row of the join, or nil.
  package func first<Left, Right, each Value, Item>(
    _ join: Join<Left, Right, repeat each Value>,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> Item? {
    let result = try await execute(join.body)
    guard result.rowCount > 0 else { return nil }
    var reader = RowReader(result, row: 0, of: join.body)
    return try make(repeat try reader.next() as each Value)
  }
}

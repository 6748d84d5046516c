import Schema

/// A question for rows of `Owner`, each of which comes back as the values of the selected columns.
///
/// ```swift
/// Users.select(\.id, \.email).where(\.active == true).orderBy(\.id).limit(50)
/// ```
package struct Select<Owner: Table, each Value: ColumnValue>: Sendable {
  var body: SelectBody

  /// Keeps the rows that satisfy this condition too.
  package func `where`(_ predicate: Predicate<Owner>) -> Self {
    changed { $0.condition = predicate.condition.and($0.condition) }
  }

  /// Keeps the rows that satisfy this condition too: `where(\.revokedAt.isNull)`.
  package func `where`(_ path: PredicatePath<Owner>) -> Self {
    self.where(Owner.shape[keyPath: path])
  }

  /// Orders by this column, after the columns named before.
  package func orderBy<Key>(
    _ path: KeyPath<Owner, Column<Owner, Key>>, _ direction: Direction = .ascending
  ) -> Self {
    changed { $0.order.append((Owner.shape[keyPath: path].name, direction)) }
  }

  /// Answers no more than `count` rows.
  package func limit(_ count: Int) -> Self {
    changed { $0.limit = count == 1 ? .one : .bound(count) }
  }

  /// Locks the rows until the transaction ends, where the engine has such locks; for transactions alone.
  package func forUpdate(skipLocked: Bool = false) -> Self {
    changed { $0.lock = skipLocked ? .skippingLocked : .waiting }
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
  /// Selects the columns that the key paths name, in their order.
  package static func select<each Value: ColumnValue>(
    _ paths: repeat KeyPath<Self, Column<Self, each Value>>
  ) -> Select<Self, repeat each Value> {
    var columns: [String] = []
    repeat columns.append(shape[keyPath: each paths].name)
    return Select(body: SelectBody(table: definition.name, columns: columns))
  }
}

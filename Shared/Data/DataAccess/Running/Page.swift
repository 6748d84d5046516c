import Schema

/// Some of many rows, and where the rest begins.
package struct Page<Item> {
  /// At most as many as were asked for.
  package let items: [Item]
  /// The identity to pass as `after` for the following page; nil when this is the last.
  package let next: Int64?

  /// A page as the services hand it on.
  package init(items: [Item], next: Int64?) {
    self.items = items
    self.next = next
  }
}

extension Page: Sendable where Item: Sendable {}

extension StatementRunner {
  /// The rows that follow the one whose identity is `after`, in the order of the identity, at most `limit`.
  ///
  /// Pages are cut by key and not by number: however far the reader has come, the engine starts at the key, and rows
  /// that come or go meanwhile shift nothing. One row more than the limit is asked for, to know whether more follow.
  package func page<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>, after: Int64?, limit: Int, order: Direction = .ascending,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> Page<Item> {
    let keyed = select.keyed(after: after, limit: max(1, limit), order: order)
    let result = try await execute(keyed.body)
    let count = min(result.rowCount, max(1, limit))
    var items: [Item] = []
    items.reserveCapacity(count)
    for row in 0..<count { items.append(try keyed.read(result, row, as: make)) }
    let next = result.rowCount > count ? try result.integer(count - 1, keyed.body.columns.count - 1) : nil
    return Page(items: items, next: next)
  }
}

extension Select {
  /// The page's select, with the identity as one more column at the end.
  func keyed(after: Int64?, limit: Int, order: Direction) -> Self {
    let key = Owner.definition.identity?.name ?? "id"
    return changed { body in
      body.columns.append(key)
      body.order = [(key, order)]
      body.limit = .bound(limit + 1)
      guard let after else { return }
      let comparison: Condition.Comparison =
        switch order {
        case .ascending: .greater
        case .descending: .less
        }
      body.condition = Condition.comparison(key, comparison, .integer(after)).and(body.condition)
    }
  }
}

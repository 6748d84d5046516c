import Schema

/// One page of a list, with the start of the next page.
package struct Page<Item> {
  /// At most the requested number of items; fewer when rows cannot be read, even before the last page.
  package let items: [Item]
  /// The identity to pass as `after` for the next page; nil on the last page.
  package let next: Int64?

  /// A page for a service's response.
  package init(items: [Item], next: Int64?) {
    self.items = items
    self.next = next
  }
}

extension Page: Sendable where Item: Sendable {}

extension StatementRunner {
  /// At most `limit` rows after the row with the identity `after`, in the order of the identity.
  ///
  /// Pages are cut by key, not by number: the engine starts at the key on every page, and rows that appear or disappear
  /// meanwhile shift nothing. A row that cannot be read is left out of the items and not of the order. The select reads one row more than the limit, to find out whether more rows follow.
  package func page<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>, after: Int64?, limit: Int, order: Direction = .ascending,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> Page<Item> {
    let keyed = select.keyed(after: after, limit: max(1, limit), order: order)
    let result = try await execute(keyed.body)
    let count = min(result.rowCount, max(1, limit))
    let items = try keyed.readRows(0..<count, of: result, reporting: unreadableRows, as: make)
    let next = result.rowCount > count ? try result.integer(count - 1, keyed.body.columns.count - 1) : nil
    return Page(items: items, next: next)
  }
}

extension Select {
  /// The page's select, with the identity as one more column at the end.
  func keyed(after: Int64?, limit: Int, order: Direction) -> Self {
    let key = ColumnName(identityNamed: Owner.definition.identity?.name ?? "id", of: body.table)
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

import Schema

/// One page of a list, with the start of the next page.
package struct Page<Item> {
  /// At most the requested number of items; fewer when rows cannot be read, even before the last page.
  package let items: [Item]
  /// The key to pass as `after` for the next page; nil on the last page.
  package let next: PageKey?

  /// A page for a service's response.
  package init(items: [Item], next: PageKey?) {
    self.items = items
    self.next = next
  }
}

extension Page: Sendable where Item: Sendable {}

/// The place of a row in a ``PageOrder``: its values in the columns of the order.
package struct PageKey: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// In the order of the columns.
  package let values: [DatabaseValue]

  /// The place of a row in an order of several columns.
  package init(_ values: [DatabaseValue]) {
    self.values = values
  }

  /// The place of the row with this identity, in the order of the identity.
  package init(integerLiteral id: Int64) {
    values = [.integer(id)]
  }
}

extension StatementRunner {
  /// At most `limit` rows behind the place `after`, in the order of the identity unless another one is given.
  ///
  /// Pages are cut by key, not by number: the engine starts at the key on every page, and rows that appear or disappear
  /// meanwhile shift nothing. A row that cannot be read is left out of the items and not of the order, unless its place
  /// cannot be read either: then the next page begins behind the last row whose place can. The select reads one row more
  /// than the limit, to find out whether more rows follow.
  /// - Parameter bytes: A page ends before a row with which the values of its rows are larger; it has one row at least.
  package func page<Owner, each Value, Item>(
    _ select: Select<Owner, repeat each Value>, after: PageKey?, limit: Int,
    order: PageOrder<Owner> = .identity(), upTo bytes: Int? = nil,
    as make: (repeat each Value) throws(DatabaseError) -> Item
  ) async throws(DatabaseError) -> Page<Item> {
    let keyed = try select.keyed(after: after, limit: max(1, limit), order: order)
    let result = try await execute(keyed.body)
    var count = min(result.rowCount, max(1, limit))
    if let bytes { count = result.rows(upTo: count, within: bytes, columns: keyed.body.columns.count) }
    let items = try keyed.readRows(0..<count, of: result, reporting: unreadableRows, as: make)
    guard result.rowCount > count else { return Page(items: items, next: nil) }
    return Page(items: items, next: try keyed.lastPlace(in: result, rows: count, keys: order.keys.count))
  }
}

extension ResultSet {
  /// How many of the first rows have values within so many bytes; one at least, where there is one.
  fileprivate func rows(upTo most: Int, within bytes: Int, columns: Int) -> Int {
    let fields = UnsafeMutableBufferPointer<FieldAhead>.allocate(capacity: columns)
    defer { fields.deallocate() }
    var left = bytes
    for row in 0..<most {
      fields.initialize(repeating: .unread)
      readAhead(row, into: fields)
      for column in fields.indices { left -= byteCount(row, column, ahead: fields[column]) }
      if left < 0 { return max(1, row) }
    }
    return most
  }

  private func byteCount(_ row: Int, _ column: Int, ahead field: FieldAhead) -> Int {
    switch field {
    case .text(let bytes): return bytes.count
    case .integer, .boolean, .timestamp: return MemoryLayout<Int64>.size
    case .unread: break
    }
    switch try? value(row, column) {
    case .text(let text): return text.utf8.count
    case .bytes(let bytes): return bytes.count
    case .null, .boolean, .integer, .double, .timestamp, .date, nil: return MemoryLayout<Int64>.size
    }
  }
}

extension Select {
  /// The place of the last row whose columns of the order can be read. Throws when no row has one: the next page would
  /// be this one again.
  func lastPlace(
    in result: any ResultSet, rows: Int, keys: Int
  ) throws(DatabaseError) -> PageKey {
    var failure: DatabaseError?
    for row in (0..<rows).reversed() {
      do throws(DatabaseError) {
        var place: [DatabaseValue] = []
        for column in (body.columns.count - keys)..<body.columns.count {
          place.append(try result.value(row, column))
        }
        return PageKey(place)
      } catch {
        failure = failure ?? error
      }
    }
    throw failure ?? DatabaseError(decoding: "a page has no rows")
  }

  /// The page's select, with the columns of the order at the end.
  func keyed(after: PageKey?, limit: Int, order: PageOrder<Owner>) throws(DatabaseError) -> Self {
    try order.check(body.operation)
    let behind = try after.flatMap { key throws(DatabaseError) in
      try order.condition(after: key, body.operation)
    }
    return changed { body in
      // Closures, because the runtime of 6.3 cannot make a key path where a parameter pack is in scope.
      body.columns += order.keys.map { $0.column }
      body.order = order.keys.map { ($0.column, $0.direction) }
      body.limit = SelectBody.Limit(pageOf: limit)
      if let behind { body.condition = behind.and(body.condition) }
    }
  }
}

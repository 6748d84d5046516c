import Schema

/// The order of a list that is read page by page.
///
/// Its columns together must be unique and hold no NULL: then each row has one place, at which the next page begins.
///
/// ```swift
/// PageOrder<Events>.by(\.occurredAt, .descending).then(\.id)
/// ```
package struct PageOrder<Owner: Table>: Sendable {
  struct Key: Sendable {
    let column: ColumnName
    let type: ColumnType?
    let isNullable: Bool
    let direction: Direction
  }

  private(set) var keys: [Key]

  /// An order that begins with this column.
  package static func by<Value>(
    _ path: KeyPath<Owner, Column<Owner, Value>>, _ direction: Direction = .ascending
  ) -> PageOrder {
    PageOrder(keys: []).then(path, direction)
  }

  /// Orders rows with the same values so far by this column.
  package func then<Value>(
    _ path: KeyPath<Owner, Column<Owner, Value>>, _ direction: Direction = .ascending
  ) -> PageOrder {
    let definition = Owner.shape[keyPath: path].definition
    var copy = self
    copy.keys.append(
      Key(
        column: ColumnName(path), type: definition.type, isNullable: definition.isNullable,
        direction: direction))
    return copy
  }

  /// The order of the identity.
  package static func identity(_ direction: Direction = .ascending) -> PageOrder {
    let name = ColumnName(
      identityNamed: Owner.definition.identity?.name ?? "id", of: TableName(Owner.self))
    return PageOrder(
      keys: [Key(column: name, type: .bigint, isNullable: false, direction: direction)])
  }

  /// Refuses an order in which two rows can have the same place.
  func check(_ operation: Operation) throws(DatabaseError) {
    let names = Set(keys.map(\.column.name))
    let definition = Owner.definition
    let unique = definition.uniqueKeys + [[definition.identity?.name ?? "id"]]
    guard unique.contains(where: { names.isSuperset(of: $0) }), !keys.contains(where: \.isNullable) else {
      throw .invalid("a page's order needs the columns of a unique key, and none that can be NULL", operation)
    }
  }

  /// The rows behind that place. A place of another order is refused, because it came from a client.
  func condition(after key: PageKey, _ operation: Operation) throws(DatabaseError) -> Condition? {
    guard key.values.count == keys.count, zip(keys, key.values).allSatisfy({ $0.accepts($1) }) else {
      throw DatabaseError(
        .valueOutOfRange, operation: operation.description, detail: "the page's key belongs to another order")
    }
    return Self.behind(zip(keys, key.values).map { ($0, $1) }[...])
  }

  /// `a > x`, or with more columns `a >= x AND (a > x OR (a = x AND ...))`. The first part lets an index start there.
  private static func behind(_ places: ArraySlice<(key: Key, value: DatabaseValue)>) -> Condition? {
    guard let (key, value) = places.first else { return nil }
    let strictly = Condition.comparison(key.column, key.direction.isBehind, value)
    guard let rest = behind(places.dropFirst()) else { return strictly }
    let equal = Condition.comparison(key.column, .equal, value)
    return .and(
      .comparison(key.column, key.direction.isNotBefore, value), .or(strictly, .and(equal, rest)))
  }
}

extension PageOrder.Key {
  /// Whether the value has the column's type.
  func accepts(_ value: DatabaseValue) -> Bool {
    switch (type, value) {
    case (.bigint, .integer), (.integer, .integer), (.boolean, .boolean), (.varchar, .text), (.char, .text),
      (.text, .text), (.timestamp, .timestamp), (.date, .date):
      true
    case _: false
    }
  }
}

extension Direction {
  fileprivate var isBehind: Condition.Comparison {
    switch self {
    case .ascending: .greater
    case .descending: .less
    }
  }

  fileprivate var isNotBefore: Condition.Comparison {
    switch self {
    case .ascending: .greaterOrEqual
    case .descending: .lessOrEqual
    }
  }
}

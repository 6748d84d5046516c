import Schema

/// A condition on the rows of `Owner`, from comparisons of key paths with values:
/// `\.active == true && \.createdAt >= start`.
package struct Predicate<Owner: Table>: Sendable {
  let condition: Condition

  init(_ condition: Condition) {
    self.condition = condition
  }

  init<Value>(
    _ path: KeyPath<Owner, Column<Owner, Value>>, _ comparison: Condition.Comparison, _ value: Value
  ) {
    condition = .comparison(ColumnName(path), comparison, DatabaseValue(value))
  }

  /// Whether the column holds one of `values`; never true for an empty list.
  package static func `in`<Value>(_ path: KeyPath<Owner, Column<Owner, Value>>, _ values: [Value])
    -> Predicate
  {
    Predicate(.membership(ColumnName(path), values.map(DatabaseValue.init)))
  }

  /// Whether the column holds a value of the selected column: `.in(\.webhookID, Webhooks.select(\.id).where(...))`.
  ///
  /// The account needs the right to read both tables. Not every engine takes a limit here.
  package static func `in`<Other: Table, Value>(
    _ path: KeyPath<Owner, Column<Owner, Value>>, _ selection: Select<Other, Value>
  ) -> Predicate {
    Predicate(.selection(ColumnName(path), selection.body))
  }
}

extension Column where Value: ExpressibleByNilLiteral {
  /// Whether the column is NULL: `\.revokedAt.isNull`, a key path to a predicate.
  package var isNull: Predicate<Owner> { Predicate(.isNull(ColumnName(self))) }
}

/// A key path to a predicate, such as `\.revokedAt.isNull`.
package typealias PredicatePath<Owner: Table> = KeyPath<Owner, Predicate<Owner>>

/// Whether the column holds the value; nil means IS NULL.
package func == <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .equal, value) }

/// Whether the column holds another value; nil means IS NOT NULL.
package func != <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .notEqual, value) }

/// Whether the column holds less.
package func < <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .less, value) }

/// Whether the column holds this or less.
package func <= <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .lessOrEqual, value) }

/// Whether the column holds more.
package func > <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .greater, value) }

/// Whether the column holds this or more.
package func >= <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .greaterOrEqual, value) }

/// Whether both conditions are true.
package func && <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, right.condition))
}

/// Whether both conditions are true.
package func && <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(Owner.shape[keyPath: left].condition, right.condition))
}

/// Whether both conditions are true.
package func && <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, Owner.shape[keyPath: right].condition))
}

/// Whether at least one condition is true.
package func || <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, right.condition))
}

/// Whether at least one condition is true.
package func || <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(Owner.shape[keyPath: left].condition, right.condition))
}

/// Whether at least one condition is true.
package func || <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, Owner.shape[keyPath: right].condition))
}

/// Whether the condition is false; a comparison with NULL is neither true nor false.
package prefix func ! <Owner>(predicate: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.not(predicate.condition))
}

/// Whether the condition is false: `!\.revokedAt.isNull`.
package prefix func ! <Owner>(path: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.not(Owner.shape[keyPath: path].condition))
}

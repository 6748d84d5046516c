import Schema

/// A key path that leads to a predicate, as `\.revokedAt.isNull` does.
package typealias PredicatePath<Owner: Table> = KeyPath<Owner, Predicate<Owner>>

/// Whether the column holds the value; nil asks for NULL.
package func == <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .equal, value) }

/// Whether the column holds another value; nil asks for anything but NULL.
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

/// Both.
package func && <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, right.condition))
}

/// Both.
package func && <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(Owner.shape[keyPath: left].condition, right.condition))
}

/// Both.
package func && <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, Owner.shape[keyPath: right].condition))
}

/// At least one.
package func || <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, right.condition))
}

/// At least one.
package func || <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(Owner.shape[keyPath: left].condition, right.condition))
}

/// At least one.
package func || <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, Owner.shape[keyPath: right].condition))
}

/// The rows for which it is false; NULL makes a comparison neither true nor false.
package prefix func ! <Owner>(predicate: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.not(predicate.condition))
}

/// The rows for which it is false: `!\.revokedAt.isNull`.
package prefix func ! <Owner>(path: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.not(Owner.shape[keyPath: path].condition))
}

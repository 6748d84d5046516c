import Schema

/// A key path that leads to a predicate, as `\.revokedAt.isNull` does.
public typealias PredicatePath<Owner: Table> = KeyPath<Owner, Predicate<Owner>>

/// Whether the column holds the value; nil asks for NULL.
public func == <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .equal, value) }

/// Whether the column holds another value; nil asks for anything but NULL.
public func != <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .notEqual, value) }

/// Whether the column holds less.
public func < <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .less, value) }

/// Whether the column holds this or less.
public func <= <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .lessOrEqual, value) }

/// Whether the column holds more.
public func > <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .greater, value) }

/// Whether the column holds this or more.
public func >= <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .greaterOrEqual, value) }

/// Both.
public func && <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, right.condition))
}

/// Both.
public func && <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(Owner.shape[keyPath: left].condition, right.condition))
}

/// Both.
public func && <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, Owner.shape[keyPath: right].condition))
}

/// At least one.
public func || <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, right.condition))
}

/// At least one.
public func || <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(Owner.shape[keyPath: left].condition, right.condition))
}

/// At least one.
public func || <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, Owner.shape[keyPath: right].condition))
}

/// The rows for which it is false; NULL makes a comparison neither true nor false.
public prefix func ! <Owner>(predicate: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.not(predicate.condition))
}

/// The rows for which it is false: `!\.revokedAt.isNull`.
public prefix func ! <Owner>(path: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.not(Owner.shape[keyPath: path].condition))
}

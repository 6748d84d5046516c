import Schema

/// A key path that leads to a predicate, as `\.revokedAt.isNull` does.
public typealias PredicatePath<Owner: Table> = KeyPath<Owner, Predicate<Owner>>

public func == <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .equal, value) }

public func != <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .notEqual, value) }

public func < <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .less, value) }

public func <= <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .lessOrEqual, value) }

public func > <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .greater, value) }

public func >= <Owner, Value>(
  path: KeyPath<Owner, Column<Owner, Value>>, value: Value
) -> Predicate<Owner> { Predicate(path, .greaterOrEqual, value) }

public func && <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, right.condition))
}

public func && <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.and(Owner.shape[keyPath: left].condition, right.condition))
}

public func && <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.and(left.condition, Owner.shape[keyPath: right].condition))
}

public func || <Owner>(left: Predicate<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, right.condition))
}

public func || <Owner>(left: PredicatePath<Owner>, right: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.or(Owner.shape[keyPath: left].condition, right.condition))
}

public func || <Owner>(left: Predicate<Owner>, right: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.or(left.condition, Owner.shape[keyPath: right].condition))
}

public prefix func ! <Owner>(predicate: Predicate<Owner>) -> Predicate<Owner> {
  Predicate(.not(predicate.condition))
}

public prefix func ! <Owner>(path: PredicatePath<Owner>) -> Predicate<Owner> {
  Predicate(.not(Owner.shape[keyPath: path].condition))
}

import Schema

/// A condition on the rows of `Owner`, made by comparing key paths with values:
/// `\.active == true && \.createdAt >= start`.
package struct Predicate<Owner: Table>: Sendable {
  let condition: Condition

  init(_ condition: Condition) {
    self.condition = condition
  }

  init<Value>(
    _ path: KeyPath<Owner, Column<Owner, Value>>, _ comparison: Condition.Comparison, _ value: Value
  ) {
    condition = .comparison(Owner.shape[keyPath: path].name, comparison, DatabaseValue(value))
  }

  /// Whether the column holds one of `values`; never true for none.
  package static func `in`<Value>(_ path: KeyPath<Owner, Column<Owner, Value>>, _ values: [Value])
    -> Predicate
  {
    Predicate(.membership(Owner.shape[keyPath: path].name, values.map(DatabaseValue.init)))
  }

  /// Whether the text begins with `prefix`. Whether case matters is the engine's choice.
  package static func like(_ path: KeyPath<Owner, Column<Owner, String>>, prefix: String) -> Predicate {
    Predicate(.prefix(Owner.shape[keyPath: path].name, prefix))
  }
}

extension Column where Value: ExpressibleByNilLiteral {
  /// Whether the column is NULL: `\.revokedAt.isNull`, a key path that stands for a predicate.
  package var isNull: Predicate<Owner> { Predicate(.isNull(name)) }
}

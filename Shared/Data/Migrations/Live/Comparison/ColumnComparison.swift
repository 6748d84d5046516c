/// Compares one column with its declaration.
struct ColumnComparison {
  let table: String
  let declared: LiveColumn
  let actual: LiveColumn

  var differences: [SchemaDifference] {
    [type, nullability].compactMap { $0 }
      + [
        property("identity", declared.identity, actual.identity),
        property("default", declared.defaultValue, actual.defaultValue),
        property("generation", declared.generated, actual.generated),
        property("collation", declared.collation, actual.collation),
      ].compactMap { $0 }
  }

  private var type: SchemaDifference? {
    declared.type == actual.type
      ? nil : difference(.different, "the type is \(actual.type), declared \(declared.type)")
  }

  private var nullability: SchemaDifference? {
    switch (declared.isNullable, actual.isNullable) {
    case (false, true): difference(.missing, "NOT NULL is missing")
    case (true, false): difference(.excess, "NOT NULL is not declared")
    case (true, true), (false, false): nil
    }
  }

  private func property(_ noun: String, _ wanted: String?, _ found: String?) -> SchemaDifference? {
    switch (wanted, found) {
    case (nil, nil): nil
    case (let wanted?, nil): difference(.missing, "the \(noun) is missing, declared \(wanted)")
    case (nil, let found?): difference(.excess, "the \(noun) \(found) is not declared")
    case (let wanted?, let found?):
      wanted == found ? nil : difference(.different, "the \(noun) is \(found), declared \(wanted)")
    }
  }

  private func difference(_ kind: SchemaDifference.Kind, _ message: String) -> SchemaDifference {
    SchemaDifference(kind, table: table, column: declared.name, message)
  }
}

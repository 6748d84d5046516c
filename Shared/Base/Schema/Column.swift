/// A column of `Owner` whose fields decode as `Value`.
///
/// The two types turn a wrong column or value into a compile error: `Users.select(\.id).where(\.email == 7)` does not
/// compile.
///
/// Each column is created once, as a property of a table's ``Table/shape``, and lives as long as the process. It holds
/// an unmanaged pointer to its definition, so that reading a column does not touch a reference count that all loops
/// share.
package struct Column<Owner: Table, Value: ColumnValue>: Sendable {
  private let storage: Unmanaged<ColumnStorage>

  /// A column is nullable exactly when `Value` is an optional.
  package init(
    _ name: String, _ type: ColumnType, isIdentity: Bool = false, default defaultValue: DefaultValue? = nil,
    allowed: [String]? = nil
  ) {
    let definition = ColumnDefinition(
      name: name, type: type, isNullable: Value.isNullable, isIdentity: isIdentity,
      defaultValue: defaultValue,
      allowedValues: allowed)
    storage = .passRetained(ColumnStorage(definition))
  }

  /// The name in the database.
  package var name: String { storage._withUnsafeGuaranteedRef { $0.definition.name } }

  /// A number that differs from every other column's, for as long as the program runs.
  package var address: UInt { UInt(bitPattern: storage.toOpaque()) }

  /// The column's definition, for migrations and grants.
  package var definition: ColumnDefinition { storage._withUnsafeGuaranteedRef { $0.definition } }
}

private final class ColumnStorage: Sendable {
  let definition: ColumnDefinition

  init(_ definition: ColumnDefinition) {
    self.definition = definition
  }
}

extension Column where Value == Int64 {
  /// The primary key of every table: a number that the engine assigns.
  package static var identity: Column {
    Column("id", .bigint, isIdentity: true)
  }
}

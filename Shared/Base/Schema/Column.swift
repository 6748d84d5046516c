/// A column of `Owner` whose fields come back as `Value`.
///
/// The two types make a wrong column or a wrong value an error of compilation:
/// `Users.select(\.id).where(\.email == 7)` does not compile.
///
/// Columns are made once, as properties of a table's ``Table/shape``, and live as long as the program: each is a bare
/// pointer to what it says, so that statements, which read a shape for every column they name, count no references
/// that all loops share.
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

  /// The column as migrations and grants see it.
  package var definition: ColumnDefinition { storage._withUnsafeGuaranteedRef { $0.definition } }
}

private final class ColumnStorage: Sendable {
  let definition: ColumnDefinition

  init(_ definition: ColumnDefinition) {
    self.definition = definition
  }
}

extension Column where Value == Int64 {
  /// The primary key of every table: a number that the engine gives.
  package static var identity: Column {
    Column("id", .bigint, isIdentity: true)
  }
}

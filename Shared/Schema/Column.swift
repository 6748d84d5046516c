/// A column of `Owner` whose fields come back as `Value`.
///
/// The two types make a wrong column or a wrong value an error of compilation:
/// `Users.select(\.id).where(\.email == 7)` does not compile.
public struct Column<Owner: Table, Value: ColumnValue>: Sendable {
  /// The name in the database; beside `definition`, because statements need nothing else.
  public let name: String
  public let definition: ColumnDefinition

  /// A column is nullable exactly when `Value` is an optional.
  public init(
    _ name: String, _ type: ColumnType, isIdentity: Bool = false, default defaultValue: DefaultValue? = nil,
    allowed: [String]? = nil
  ) {
    self.name = name
    definition = ColumnDefinition(
      name: name, type: type, isNullable: Value.isNullable, isIdentity: isIdentity,
      defaultValue: defaultValue,
      allowedValues: allowed)
  }
}

extension Column where Value == Int64 {
  /// The primary key of every table: a number that the engine gives.
  public static var identity: Column {
    Column("id", .bigint, isIdentity: true)
  }
}

/// A table of the database as a type: its properties are its columns.
///
/// ```swift
/// Users.select(\.id, \.email).where(\.active == true)
/// ```
package protocol Table: Sendable {
  /// The one value whose properties are the columns; key paths are read through it.
  static var shape: Self { get }
  static var definition: TableDefinition { get }
}

extension Table {
  /// The definitions of the columns that the key paths name, in their order.
  static func columns<each Value: ColumnValue>(
    _ paths: repeat KeyPath<Self, Column<Self, each Value>>
  ) -> [ColumnDefinition] {
    var definitions: [ColumnDefinition] = []
    repeat definitions.append(shape[keyPath: each paths].definition)
    return definitions
  }
}

/// A database table as a type. Its properties are its columns.
///
/// ```swift
/// Users.select(\.id, \.email).where(\.active == true)
/// ```
package protocol Table: Sendable {
  /// The single instance. Queries read their key paths through it.
  static var shape: Self { get }
  static var definition: TableDefinition { get }
}

extension Table {
  /// The definitions of the columns that the key paths name, in the same order.
  static func columns<each Value: ColumnValue>(
    _ paths: repeat KeyPath<Self, Column<Self, each Value>>
  ) -> [ColumnDefinition] {
    var definitions: [ColumnDefinition] = []
    repeat definitions.append(shape[keyPath: each paths].definition)
    return definitions
  }
}

import Schema

/// Columns that many tables share. Migrations are history, so these definitions never change.
extension ColumnDefinition {
  static let identity = ColumnDefinition(name: "id", type: .bigint, isIdentity: true)

  static func moment(_ name: String) -> ColumnDefinition {
    ColumnDefinition(name: name, type: .timestamp, defaultValue: .currentTimestamp)
  }

  static func optionalMoment(_ name: String) -> ColumnDefinition {
    ColumnDefinition(name: name, type: .timestamp, isNullable: true)
  }

  static func document(_ name: String, default text: String) -> ColumnDefinition {
    ColumnDefinition(name: name, type: .json, defaultValue: .text(text))
  }
}

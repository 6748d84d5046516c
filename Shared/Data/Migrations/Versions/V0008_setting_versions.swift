import Schema

extension Migration {
  /// The highest version among a user's removed settings: a setting that is stored again goes on behind it.
  static let v0008 = Migration(
    version: 8, name: "setting_versions", oldestProgram: 5,
    up: [
      .addColumn(
        ColumnDefinition(name: "removed_setting_version", type: .integer, defaultValue: .integer(0)),
        table: "users")
    ],
    down: [.dropColumn("removed_setting_version", table: "users")])
}

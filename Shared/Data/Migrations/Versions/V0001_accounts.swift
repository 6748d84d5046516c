import Schema

extension Migration {
  /// Users, their sessions and their settings.
  static let v0001 = Migration(
    version: 1, name: "accounts",
    up: [.createTable(users), .createTable(sessions), .createTable(settings)],
    down: [.dropTable("settings"), .dropTable("sessions"), .dropTable("users")])

  private static let users = TableDefinition(
    name: "users", owner: "backend-api",
    columns: [
      .identity,
      ColumnDefinition(name: "email", type: .varchar(255)),
      ColumnDefinition(name: "password", type: .varchar(255)),
      ColumnDefinition(name: "active", type: .boolean, defaultValue: .boolean(true)),
      ColumnDefinition(name: "fs_uniquifier", type: .varchar(64)),
      ColumnDefinition(
        name: "role", type: .varchar(16), defaultValue: .text("member"),
        allowedValues: ["member", "operator"]),
      .optionalMoment("confirmed_at"),
      .moment("created_at"),
      .moment("updated_at"),
    ],
    uniqueKeys: [["email"], ["fs_uniquifier"]])

  private static let sessions = TableDefinition(
    name: "sessions", owner: "backend-api",
    columns: [
      .identity,
      ColumnDefinition(name: "user_id", type: .bigint),
      ColumnDefinition(name: "token_hash", type: .char(64)),
      .moment("created_at"),
      ColumnDefinition(name: "expires_at", type: .timestamp),
      .optionalMoment("revoked_at"),
    ],
    uniqueKeys: [["token_hash"]],
    indexes: [["user_id"]],
    references: [Reference(column: "user_id", table: "users")])

  private static let settings = TableDefinition(
    name: "settings", owner: "backend-api",
    columns: [
      .identity,
      ColumnDefinition(name: "user_id", type: .bigint),
      ColumnDefinition(name: "name", type: .varchar(64)),
      ColumnDefinition(name: "value", type: .json),
      ColumnDefinition(name: "version", type: .integer, defaultValue: .integer(1)),
      .moment("updated_at"),
    ],
    uniqueKeys: [["user_id", "name"]],
    references: [Reference(column: "user_id", table: "users")])
}

import Schema

extension Migration {
  /// Tokens that are sent to a user's address: at most one for each purpose, and only their digests.
  static let v0012 = Migration(
    version: 12, name: "user_tokens", oldestProgram: 5, up: [.createTable(tokens)],
    down: [.dropTable("user_tokens")])

  private static let tokens = TableDefinition(
    name: "user_tokens", owner: "backend-api",
    columns: [
      .identity,
      ColumnDefinition(name: "user_id", type: .bigint),
      ColumnDefinition(name: "purpose", type: .varchar(16), allowedValues: ["email", "password"]),
      ColumnDefinition(name: "token_hash", type: .char(64)),
      ColumnDefinition(name: "email", type: .varchar(255)),
      .moment("created_at"),
      ColumnDefinition(name: "expires_at", type: .timestamp),
    ],
    uniqueKeys: [["token_hash"], ["user_id", "purpose"]],
    references: [Reference(column: "user_id", table: "users")])
}

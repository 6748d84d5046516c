import Schema

extension Migration {
  /// The keys of sign-ups that may come twice.
  static let v0014 = Migration(
    version: 14, name: "request_keys", oldestProgram: 5,
    up: [.createTable(requestKeys)], down: [.dropTable("backend_idempotency_keys")])

  private static let requestKeys = TableDefinition(
    name: "backend_idempotency_keys", owner: "backend-api",
    columns: [
      .identity,
      ColumnDefinition(name: "owner_id", type: .bigint),
      ColumnDefinition(name: "idempotency_key", type: .varchar(255)),
      ColumnDefinition(name: "fingerprint", type: .char(64)),
      ColumnDefinition(name: "resource_id", type: .bigint),
      .moment("created_at"),
    ],
    uniqueKeys: [["owner_id", "idempotency_key"]],
    indexes: [["owner_id", "created_at"]])
}

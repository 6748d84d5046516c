import Schema

extension Migration {
  /// Who did what to which object: every service adds rows under its own name, and an auditor reads them.
  static let v0013 = Migration(
    version: 13, name: "audit_log", oldestProgram: 5, up: [.createTable(audit)],
    down: [.dropTable("audit_log")])

  private static let audit = TableDefinition(
    name: "audit_log", owner: nil,
    columns: [
      .identity,
      ColumnDefinition(name: "source", type: .varchar(32)),
      ColumnDefinition(name: "account", type: .varchar(64)),
      ColumnDefinition(name: "actor_id", type: .bigint, isNullable: true),
      ColumnDefinition(name: "actor_role", type: .varchar(16), isNullable: true),
      ColumnDefinition(name: "address", type: .varchar(64), isNullable: true),
      ColumnDefinition(name: "request_id", type: .varchar(128), isNullable: true),
      ColumnDefinition(name: "action", type: .varchar(64)),
      ColumnDefinition(name: "object", type: .varchar(128)),
      .document("fields", default: "[]"),
      .moment("occurred_at"),
    ],
    indexes: [["source", "id"], ["actor_id", "id"], ["object", "id"], ["occurred_at"]])
}

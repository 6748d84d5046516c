import Schema

extension Migration {
  /// What the delivery of webhooks records, a lock for each owner, and the keys of requests that may come twice.
  static let v0009 = Migration(
    version: 9, name: "webhook_delivery", oldestProgram: 5,
    up: [
      .addColumn(.optionalMoment("failing_since"), table: "webhooks"),
      .addColumn(
        ColumnDefinition(name: "response_body", type: .varchar(1024), isNullable: true),
        table: "webhook_deliveries"),
      .addColumn(
        ColumnDefinition(name: "failure", type: .varchar(255), isNullable: true), table: "webhook_deliveries"),
      .createTable(owners), .createTable(keys),
    ],
    down: [
      .dropTable("connector_idempotency_keys"), .dropTable("connector_owners"),
      .dropColumn("failure", table: "webhook_deliveries"),
      .dropColumn("response_body", table: "webhook_deliveries"),
      .dropColumn("failing_since", table: "webhooks"),
    ])

  private static let owners = TableDefinition(
    name: "connector_owners", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "owner_id", type: .bigint),
      .moment("updated_at"),
    ],
    uniqueKeys: [["owner_id"]])

  private static let keys = TableDefinition(
    name: "connector_idempotency_keys", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "owner_id", type: .bigint),
      ColumnDefinition(name: "idempotency_key", type: .varchar(255)),
      ColumnDefinition(name: "fingerprint", type: .char(64)),
      ColumnDefinition(name: "resource_id", type: .bigint),
      .moment("created_at"),
    ],
    uniqueKeys: [["owner_id", "idempotency_key"]])
}

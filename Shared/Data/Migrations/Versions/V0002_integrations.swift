import Schema

extension Migration {
  /// The users' integrations, their webhooks and the deliveries of events.
  static let v0002 = Migration(
    version: 2, name: "integrations",
    up: [.createTable(integrations), .createTable(webhooks), .createTable(deliveries)],
    down: [.dropTable("webhook_deliveries"), .dropTable("webhooks"), .dropTable("integrations")]
  )
  .allowing(.needlesslyBreaking, because: "no release was made before version 5")

  private static let integrations = TableDefinition(
    name: "integrations", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "owner_id", type: .bigint),
      ColumnDefinition(name: "provider", type: .varchar(32)),
      ColumnDefinition(name: "external_account", type: .varchar(255)),
      ColumnDefinition(name: "status", type: .varchar(16), defaultValue: .text("active")),
      .document("config", default: "{}"),
      .moment("created_at"),
      .moment("updated_at"),
    ],
    uniqueKeys: [["owner_id", "provider", "external_account"]])

  private static let webhooks = TableDefinition(
    name: "webhooks", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "owner_id", type: .bigint),
      ColumnDefinition(name: "url", type: .varchar(2048)),
      ColumnDefinition(name: "secret", type: .text),
      .document("event_types", default: "[]"),
      ColumnDefinition(name: "active", type: .boolean, defaultValue: .boolean(true)),
      ColumnDefinition(name: "disabled_reason", type: .varchar(255), isNullable: true),
      .moment("created_at"),
      .moment("updated_at"),
    ],
    indexes: [["owner_id"]])

  private static let deliveries = TableDefinition(
    name: "webhook_deliveries", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "webhook_id", type: .bigint),
      ColumnDefinition(name: "event_id", type: .bigint),
      ColumnDefinition(name: "attempt", type: .integer, defaultValue: .integer(0)),
      ColumnDefinition(name: "status", type: .varchar(16), defaultValue: .text("pending")),
      .optionalMoment("next_attempt_at"),
      ColumnDefinition(name: "response_status", type: .integer, isNullable: true),
      .moment("updated_at"),
    ],
    uniqueKeys: [["webhook_id", "event_id"]],
    indexes: [["status", "next_attempt_at"]],
    references: [Reference(column: "webhook_id", table: "webhooks")])
}

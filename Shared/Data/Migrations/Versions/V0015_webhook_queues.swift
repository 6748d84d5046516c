import Schema

extension Migration {
  /// From which event on a webhook gets deliveries, and an index for the number of those that wait.
  static let v0015 = Migration(
    version: 15, name: "webhook_queues", oldestProgram: 5,
    up: [
      .addColumn(
        ColumnDefinition(name: "registered_after", type: .bigint, defaultValue: .integer(0)),
        table: "webhooks"),
      .createIndex(["webhook_id", "status"], table: "webhook_deliveries"),
    ],
    down: [
      .dropIndex(["webhook_id", "status"], table: "webhook_deliveries"),
      .dropColumn("registered_after", table: "webhooks"),
    ])
}

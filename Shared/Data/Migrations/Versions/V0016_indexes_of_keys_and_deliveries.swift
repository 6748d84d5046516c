import Schema

extension Migration {
  /// Indexes for what a user may have many of: without them each keyed request reads all keys of its user, and each page of
  /// deliveries all those of its webhook.
  static let v0016 = Migration(
    version: 16, name: "indexes_of_keys_and_deliveries", oldestProgram: 5,
    up: [
      .createIndex(["owner_id", "created_at"], table: "connector_idempotency_keys"),
      .createIndex(["webhook_id", "id"], table: "webhook_deliveries"),
    ],
    down: [
      .dropIndex(["webhook_id", "id"], table: "webhook_deliveries"),
      .dropIndex(["owner_id", "created_at"], table: "connector_idempotency_keys"),
    ])
}

import Schema

extension Migration {
  /// Indexes on the times by which the rollups count: without them each round reads all users and all sessions.
  static let v0006 = Migration(
    version: 6, name: "indexes_of_creation_times", oldestProgram: 5,
    up: [
      .createIndex(["created_at"], table: "users"),
      .createIndex(["created_at"], table: "sessions"),
    ],
    down: [
      .dropIndex(["created_at"], table: "sessions"),
      .dropIndex(["created_at"], table: "users"),
    ])
}

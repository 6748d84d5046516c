import Schema

extension Migration {
  /// An index for readers of one service's events: it leads a feed to its next event, and keeps an account whose rows are
  /// those of one source from reading others.
  static let v0010 = Migration(
    version: 10, name: "events_by_source", oldestProgram: 5,
    up: [.createIndex(["source", "id"], table: "events")],
    down: [.dropIndex(["source", "id"], table: "events")])
}

import Schema

extension Migration {
  /// The log that every service appends to under its own name.
  static let v0004 = Migration(
    version: 4, name: "events", up: [.createTable(events)], down: [.dropTable("events")]
  )
  .allowing(.needlesslyBreaking, because: "no release was made before version 5")

  private static let events = TableDefinition(
    name: "events", owner: nil,
    columns: [
      .identity,
      ColumnDefinition(name: "type", type: .varchar(64)),
      ColumnDefinition(name: "source", type: .varchar(32)),
      ColumnDefinition(name: "subject", type: .varchar(64)),
      .document("payload", default: "{}"),
      .moment("occurred_at"),
    ],
    indexes: [["type", "id"], ["occurred_at"]])
}

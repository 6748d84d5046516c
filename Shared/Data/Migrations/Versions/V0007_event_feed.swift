import Schema

extension Migration {
  /// The positions from which the connector follows the event log, and the events that it could not handle.
  static let v0007 = Migration(
    version: 7, name: "event_feed", oldestProgram: 5,
    up: [.createTable(offsets), .createTable(setAside)],
    down: [.dropTable("connector_set_aside_events"), .dropTable("connector_offsets")])

  private static let offsets = TableDefinition(
    name: "connector_offsets", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "consumer", type: .varchar(64)),
      ColumnDefinition(name: "position", type: .bigint, defaultValue: .integer(0)),
      ColumnDefinition(name: "holder", type: .varchar(32), isNullable: true),
      .optionalMoment("held_until"),
      .moment("updated_at"),
    ],
    uniqueKeys: [["consumer"]])

  private static let setAside = TableDefinition(
    name: "connector_set_aside_events", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "consumer", type: .varchar(64)),
      ColumnDefinition(name: "event_id", type: .bigint),
      ColumnDefinition(name: "reason", type: .varchar(255)),
      .moment("created_at"),
    ],
    uniqueKeys: [["consumer", "event_id"]])
}

/// Events that a consumer of the connector could not handle and passed over. Owned by connector.
package struct ConnectorSetAsideEvents: Table {
  package let id = Column<Self, Int64>.identity
  package let consumer = Column<Self, String>("consumer", .varchar(64))
  /// An event's id, without a foreign key because events are shared.
  package let eventID = Column<Self, Int64>("event_id", .bigint)
  /// Why the consumer could not handle the event; it quotes no value of it.
  package let reason = Column<Self, String>("reason", .varchar(255))
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)

  package static let shape = ConnectorSetAsideEvents()

  package static let definition = TableDefinition(
    name: "connector_set_aside_events", owner: "connector",
    columns: columns(\.id, \.consumer, \.eventID, \.reason, \.createdAt),
    uniqueKeys: [["consumer", "event_id"]])
}

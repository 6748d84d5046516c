/// How far each consumer of the connector has followed the event log. Owned by connector.
package struct ConnectorOffsets: Table {
  package let id = Column<Self, Int64>.identity
  /// The consumer's name, which never changes.
  package let consumer = Column<Self, String>("consumer", .varchar(64))
  /// The id of the last event that the consumer has handled or passed over.
  package let position = Column<Self, Int64>("position", .bigint, default: .integer(0))
  /// The process that follows the log for this consumer; no other one does until ``heldUntil``.
  package let holder = Column<Self, String?>("holder", .varchar(32))
  package let heldUntil = Column<Self, Timestamp?>("held_until", .timestamp)
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = ConnectorOffsets()

  package static let definition = TableDefinition(
    name: "connector_offsets", owner: "connector",
    columns: columns(\.id, \.consumer, \.position, \.holder, \.heldUntil, \.updatedAt),
    uniqueKeys: [["consumer"]])
}

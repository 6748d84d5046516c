/// Events that the services record. Shared and append-only.
package struct Events: Table {
  package let id = Column<Self, Int64>.identity
  package let type = Column<Self, String>("type", .varchar(64))
  /// The service that wrote the event. Each service may write only its own name.
  package let source = Column<Self, String>("source", .varchar(32))
  package let subject = Column<Self, String>("subject", .varchar(64))
  package let payload = Column<Self, JSONText>("payload", .json, default: .text("{}"))
  package let occurredAt = Column<Self, Timestamp>("occurred_at", .timestamp, default: .currentTimestamp)

  package static let shape = Events()

  package static let definition = TableDefinition(
    name: "events", owner: nil,
    columns: columns(\.id, \.type, \.source, \.subject, \.payload, \.occurredAt),
    indexes: [["type", "id"], ["occurred_at"], ["source", "id"]])
}

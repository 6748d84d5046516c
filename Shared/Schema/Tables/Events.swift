/// What has happened, in the words of the service it happened in. Shared and append-only.
public struct Events: Table {
  public let id = Column<Self, Int64>.identity
  public let type = Column<Self, String>("type", .varchar(64))
  /// The service that wrote the event; each may write only its own name.
  public let source = Column<Self, String>("source", .varchar(32))
  public let subject = Column<Self, String>("subject", .varchar(64))
  public let payload = Column<Self, JSONText>("payload", .json, default: .text("{}"))
  public let occurredAt = Column<Self, Timestamp>("occurred_at", .timestamp, default: .currentTimestamp)

  public static let shape = Events()

  public static let definition = TableDefinition(
    name: "events", owner: nil,
    columns: columns(\.id, \.type, \.source, \.subject, \.payload, \.occurredAt),
    indexes: [["type", "id"], ["occurred_at"]])
}

/// Addresses that want to hear of events. Owned by connector.
public struct Webhooks: Table {
  public let id = Column<Self, Int64>.identity
  /// A user's id; there is no foreign key, for users belong to another service.
  public let ownerID = Column<Self, Int64>("owner_id", .bigint)
  public let url = Column<Self, String>("url", .varchar(2048))
  /// The signing secret, encrypted by the service before it comes here.
  public let secret = Column<Self, String>("secret", .text)
  /// A JSON array of event types.
  public let eventTypes = Column<Self, JSONText>("event_types", .json, default: .text("[]"))
  public let active = Column<Self, Bool>("active", .boolean, default: .boolean(true))
  public let disabledReason = Column<Self, String?>("disabled_reason", .varchar(255))
  public let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  public let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  public static let shape = Webhooks()

  public static let definition = TableDefinition(
    name: "webhooks", owner: "connector",
    columns: columns(
      \.id, \.ownerID, \.url, \.secret, \.eventTypes, \.active, \.disabledReason, \.createdAt, \.updatedAt),
    indexes: [["owner_id"]])
}

/// Channels that a platform's trigger serves. Owned by connector, shared by rows: each trigger has its platform's.
public struct PlatformIntegrations: Table {
  public let id = Column<Self, Int64>.identity
  /// Decides which trigger may see the row.
  public let platform = Column<Self, String>("platform", .varchar(32))
  public let channel = Column<Self, String>("channel", .varchar(255))
  public let externalID = Column<Self, String>("external_id", .varchar(255))
  public let settings = Column<Self, JSONText>("settings", .json, default: .text("{}"))
  public let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  public static let shape = PlatformIntegrations()

  public static let definition = TableDefinition(
    name: "platform_integrations", owner: "connector",
    columns: columns(\.id, \.platform, \.channel, \.externalID, \.settings, \.updatedAt),
    uniqueKeys: [["platform", "external_id"]])
}

/// Channels that the platforms' triggers serve. Owned by connector; each trigger can access only its platform's rows.
package struct PlatformIntegrations: Table {
  package let id = Column<Self, Int64>.identity
  /// Determines which trigger may access the row.
  package let platform = Column<Self, String>("platform", .varchar(32))
  package let channel = Column<Self, String>("channel", .varchar(255))
  package let externalID = Column<Self, String>("external_id", .varchar(255))
  package let settings = Column<Self, JSONText>("settings", .json, default: .text("{}"))
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = PlatformIntegrations()

  package static let definition = TableDefinition(
    name: "platform_integrations", owner: "connector",
    columns: columns(\.id, \.platform, \.channel, \.externalID, \.settings, \.updatedAt),
    uniqueKeys: [["platform", "external_id"]])
}

/// Accounts at other providers that users have connected. Owned by connector.
public struct Integrations: Table {
  public let id = Column<Self, Int64>.identity
  /// A user's id; there is no foreign key, for users belong to another service.
  public let ownerID = Column<Self, Int64>("owner_id", .bigint)
  public let provider = Column<Self, String>("provider", .varchar(32))
  public let externalAccount = Column<Self, String>("external_account", .varchar(255))
  public let status = Column<Self, String>("status", .varchar(16), default: .text("active"))
  public let config = Column<Self, JSONText>("config", .json, default: .text("{}"))
  public let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  public let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  public static let shape = Integrations()

  public static let definition = TableDefinition(
    name: "integrations", owner: "connector",
    columns: columns(
      \.id, \.ownerID, \.provider, \.externalAccount, \.status, \.config, \.createdAt, \.updatedAt),
    uniqueKeys: [["owner_id", "provider", "external_account"]])
}

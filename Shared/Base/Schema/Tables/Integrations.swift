/// Users' accounts with external providers. Owned by connector.
package struct Integrations: Table {
  package let id = Column<Self, Int64>.identity
  /// A user's id, without a foreign key because another service owns users.
  package let ownerID = Column<Self, Int64>("owner_id", .bigint)
  package let provider = Column<Self, String>("provider", .varchar(32))
  package let externalAccount = Column<Self, String>("external_account", .varchar(255))
  package let status = Column<Self, String>("status", .varchar(16), default: .text("active"))
  package let config = Column<Self, JSONText>("config", .json, default: .text("{}"))
  package let createdAt = Column<Self, Timestamp>("created_at", .timestamp, default: .currentTimestamp)
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = Integrations()

  package static let definition = TableDefinition(
    name: "integrations", owner: "connector",
    columns: columns(
      \.id, \.ownerID, \.provider, \.externalAccount, \.status, \.config, \.createdAt, \.updatedAt),
    uniqueKeys: [["owner_id", "provider", "external_account"]])
}

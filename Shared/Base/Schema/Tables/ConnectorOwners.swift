/// A row for each user who has created something at the connector: its lock makes what one user creates run one after the
/// other. Owned by connector.
package struct ConnectorOwners: Table {
  package let id = Column<Self, Int64>.identity
  package let ownerID = Column<Self, Int64>("owner_id", .bigint)
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = ConnectorOwners()

  package static let definition = TableDefinition(
    name: "connector_owners", owner: "connector",
    columns: columns(\.id, \.ownerID, \.updatedAt),
    uniqueKeys: [["owner_id"]])
}

/// One number per day and metric, aggregated from events, users and sessions. Owned by analytics.
package struct Rollups: Table {
  package let id = Column<Self, Int64>.identity
  package let day = Column<Self, CalendarDate>("day", .date)
  package let metric = Column<Self, String>("metric", .varchar(64))
  package let value = Column<Self, Int64>("value", .bigint)
  package let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  package static let shape = Rollups()

  package static let definition = TableDefinition(
    name: "rollups", owner: "analytics",
    columns: columns(\.id, \.day, \.metric, \.value, \.updatedAt),
    uniqueKeys: [["day", "metric"]])
}

/// A number per day and metric, summed up from events, users and sessions. Owned by analytics.
public struct Rollups: Table {
  public let id = Column<Self, Int64>.identity
  public let day = Column<Self, CalendarDate>("day", .date)
  public let metric = Column<Self, String>("metric", .varchar(64))
  public let value = Column<Self, Int64>("value", .bigint)
  public let updatedAt = Column<Self, Timestamp>("updated_at", .timestamp, default: .currentTimestamp)

  public static let shape = Rollups()

  public static let definition = TableDefinition(
    name: "rollups", owner: "analytics",
    columns: columns(\.id, \.day, \.metric, \.value, \.updatedAt),
    uniqueKeys: [["day", "metric"]])
}

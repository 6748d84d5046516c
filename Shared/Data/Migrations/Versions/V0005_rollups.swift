import Schema

extension Migration {
  /// One number per day and metric, so that reports need not count all events again.
  static let v0005 = Migration(
    version: 5, name: "rollups", up: [.createTable(rollups)], down: [.dropTable("rollups")]
  )
  .allowing(.needlesslyBreaking, because: "no release was made before version 5")

  private static let rollups = TableDefinition(
    name: "rollups", owner: "analytics",
    columns: [
      .identity,
      ColumnDefinition(name: "day", type: .date),
      ColumnDefinition(name: "metric", type: .varchar(64)),
      ColumnDefinition(name: "value", type: .bigint),
      .moment("updated_at"),
    ],
    uniqueKeys: [["day", "metric"]])
}

import Schema

extension Migration {
  /// The channels that the platforms' triggers serve; each platform sees only its own rows.
  static let v0003 = Migration(
    version: 3, name: "platform_integrations",
    up: [.createTable(platformIntegrations)],
    down: [.dropTable("platform_integrations")]
  )
  .allowing(.needlesslyBreaking, because: "no release was made before version 5")

  private static let platformIntegrations = TableDefinition(
    name: "platform_integrations", owner: "connector",
    columns: [
      .identity,
      ColumnDefinition(name: "platform", type: .varchar(32)),
      ColumnDefinition(name: "channel", type: .varchar(255)),
      ColumnDefinition(name: "external_id", type: .varchar(255)),
      .document("settings", default: "{}"),
      .moment("updated_at"),
    ],
    uniqueKeys: [["platform", "external_id"]])
}

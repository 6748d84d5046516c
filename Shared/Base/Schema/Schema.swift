/// The tables of the one database that all services share.
///
/// This is the only place that knows their shape: migrations must arrive at it (a test holds them to it), grants
/// and proof range over it, and queries are typed by it.
package enum Schema {
  /// The version that this build of the services needs; it is the newest migration's.
  package static let currentVersion = 5

  /// Every table, the record of migrations included.
  package static let tables: [TableDefinition] = [
    Users.definition,
    Sessions.definition,
    Settings.definition,
    Integrations.definition,
    Webhooks.definition,
    WebhookDeliveries.definition,
    PlatformIntegrations.definition,
    Events.definition,
    Rollups.definition,
    SchemaMigrations.definition,
  ]

  /// The table of that name, or nil when there is none.
  package static func table(named name: String) -> TableDefinition? {
    tablesByName[name]
  }

  private static let tablesByName = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
}
